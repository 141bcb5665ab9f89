# frozen_string_literal: true

# A token that opens Tenure's cancel flow. Ruby 2.7 or later, standard library only.
#
#   TENURE_CANCEL_KEY=ck_...:cs_... ruby cancel_token.rb acme sub_1
#   ruby cancel_token.rb --check vectors.json
#
# In your server: `CancelToken.make(key_id, secret, account: ..., subscription: ...)`, with the
# account and the subscription of whoever is signed in, never of what the browser says.

require "json"
require "openssl"
require "securerandom"

module CancelToken
  module_function

  # A token for one click. Its payload is signed as a whole; what you leave out is filled in.
  def make(key_id, secret, **payload)
    whole = { mode: "live", exp: Time.now.to_i + 3600, nonce: SecureRandom.hex(16) }.merge(payload)
    sign(key_id, secret, JSON.generate(whole))
  end

  # The token over these very bytes.
  def sign(key_id, secret, payload)
    signed = "tenure1.#{key_id}.#{base64url(payload)}"
    "#{signed}.#{base64url(OpenSSL::HMAC.digest("SHA256", secret, signed))}"
  end

  def base64url(raw)
    [raw].pack("m0").tr("+/", "-_").delete("=")
  end

  # How many of the file's tokens come out otherwise.
  def check(path)
    vectors = JSON.parse(File.read(path, encoding: "UTF-8"))["vectors"]
    wrong = vectors.reject { |v| sign(v["key_id"], v["secret"], v["payload"]) == v["token"] }
    puts "#{vectors.size - wrong.size} passed, #{wrong.size} failed"
    wrong.size
  end
end

if $PROGRAM_NAME == __FILE__
  exit(CancelToken.check(ARGV[1]).zero? ? 0 : 1) if ARGV[0] == "--check"
  key_id, secret = ENV.fetch("TENURE_CANCEL_KEY", "").split(":", 2)
  if secret.nil? || ARGV.size != 2
    warn "TENURE_CANCEL_KEY=id:secret ruby cancel_token.rb ACCOUNT SUBSCRIPTION"
    exit 2
  end
  puts CancelToken.make(key_id, secret, account: ARGV[0], subscription: ARGV[1])
end
