<?php

// A token that opens Tenure's cancel flow. PHP 7.4 or later, nothing to install.
//
//   TENURE_CANCEL_KEY=ck_...:cs_... php cancel_token.php acme sub_1
//   php cancel_token.php --check vectors.json
//
// In your server: `cancel_token($keyId, $secret, ['account' => ..., 'subscription' => ...])`, with
// the account and the subscription of whoever is signed in, never of what the browser says.

declare(strict_types=1);

// A token for one click. Its payload is signed as a whole; what you leave out is filled in.
function cancel_token(string $keyId, string $secret, array $payload): string
{
    $whole = array_merge([
        'mode' => 'live',
        'exp' => time() + 3600,
        'nonce' => bin2hex(random_bytes(16)),
    ], $payload);
    $flags = JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES;
    return sign_token($keyId, $secret, json_encode($whole, $flags));
}

// The token over these very bytes.
function sign_token(string $keyId, string $secret, string $payload): string
{
    $signed = 'tenure1.' . $keyId . '.' . base64url($payload);
    return $signed . '.' . base64url(hash_hmac('sha256', $signed, $secret, true));
}

function base64url(string $raw): string
{
    return rtrim(strtr(base64_encode($raw), '+/', '-_'), '=');
}

// How many of the file's tokens come out otherwise.
function check(string $path): int
{
    $file = json_decode(file_get_contents($path), true, 512, JSON_THROW_ON_ERROR);
    $wrong = 0;
    foreach ($file['vectors'] as $v) {
        if (!hash_equals($v['token'], sign_token($v['key_id'], $v['secret'], $v['payload']))) {
            $wrong++;
        }
    }
    echo count($file['vectors']) - $wrong, ' passed, ', $wrong, " failed\n";
    return $wrong;
}

function main(array $words): int
{
    if (($words[0] ?? '') === '--check') {
        return check($words[1]) > 0 ? 1 : 0;
    }
    $key = explode(':', (string) getenv('TENURE_CANCEL_KEY'), 2);
    if (count($words) !== 2 || count($key) !== 2) {
        fwrite(STDERR, "TENURE_CANCEL_KEY=id:secret php cancel_token.php ACCOUNT SUBSCRIPTION\n");
        return 2;
    }
    $payload = ['account' => $words[0], 'subscription' => $words[1]];
    echo cancel_token($key[0], $key[1], $payload), "\n";
    return 0;
}

if (PHP_SAPI === 'cli' && realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__) {
    exit(main(array_slice($argv, 1)));
}
