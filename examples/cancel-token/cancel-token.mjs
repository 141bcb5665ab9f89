// A token that opens Tenure's cancel flow. Node 18 or later, nothing to install.
//
//   TENURE_CANCEL_KEY=ck_...:cs_... node cancel-token.mjs acme sub_1
//   node cancel-token.mjs --check vectors.json
//
// In your server: `cancelToken(keyId, secret, { account, subscription })`, with the account and the
// subscription of whoever is signed in, never of what the browser says.

import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

// A token for one click. Its payload is signed as a whole; what you leave out is filled in.
export function cancelToken(keyId, secret, payload) {
  const whole = {
    mode: 'live',
    exp: Math.floor(Date.now() / 1000) + 3600,
    nonce: randomBytes(16).toString('base64url'),
    ...payload,
  };
  return sign(keyId, secret, JSON.stringify(whole));
}

// The token over these very bytes.
export function sign(keyId, secret, payload) {
  const signed = `tenure1.${keyId}.${Buffer.from(payload, 'utf8').toString('base64url')}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

// How many of the file's tokens come out otherwise.
function check(path) {
  const { vectors } = JSON.parse(readFileSync(path, 'utf8'));
  const wrong = vectors.filter((v) => sign(v.key_id, v.secret, v.payload) !== v.token);
  console.log(`${vectors.length - wrong.length} passed, ${wrong.length} failed`);
  return wrong.length;
}

function main([first, second]) {
  if (first === '--check') return check(second) ? 1 : 0;
  const [keyId, ...rest] = (process.env.TENURE_CANCEL_KEY || '').split(':');
  if (!second || rest.length === 0) {
    console.error('TENURE_CANCEL_KEY=id:secret node cancel-token.mjs ACCOUNT SUBSCRIPTION');
    return 2;
  }
  console.log(cancelToken(keyId, rest.join(':'), { account: first, subscription: second }));
  return 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = main(process.argv.slice(2));
}
