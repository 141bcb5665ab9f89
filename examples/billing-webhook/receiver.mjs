// A host's backend that makes the changes of billing that Tenure asks for. Node 22.13 or later,
// nothing to install.
//
//     TENURE_BILLING_SECRET=whsec_... node receiver.mjs billing.sqlite3 8700
//
// Everything that belongs to your own billing is in `apply` and `termsOf`; here it is a table with
// one JSON text for each subscription. What must stay as it is: the signature is checked before the
// body is read, and the change and its key are written in one transaction, so that the same key
// again is answered again and not done again.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

const BODY_BYTES_MAX = 100_000
const TOLERANCE_S = 300
const [file, port] = process.argv.slice(2)
const key = Buffer.from(process.env.TENURE_BILLING_SECRET.replace(/^whsec_/, ''), 'base64')
const db = new DatabaseSync(file)
db.exec(`
  pragma journal_mode = wal;
  pragma busy_timeout = 5000;
  create table if not exists subscription (id text primary key, account text, terms text);
  create table if not exists done (id text primary key, answer text not null);
`)

// Whether one of the signatures is ours, and not older than five minutes.
function isSigned(headers, body) {
  const sentAt = headers['webhook-timestamp'] ?? ''
  if (!/^\d+$/.test(sentAt) || Math.abs(Date.now() / 1000 - Number(sentAt)) > TOLERANCE_S) return false
  const hmac = createHmac('sha256', key).update(`${headers['webhook-id'] ?? ''}.${sentAt}.`)
  const ours = hmac.update(body).digest()
  return (headers['webhook-signature'] ?? '').split(' ').some((each) => {
    const theirs = Buffer.from(each.slice(3), 'base64')
    return each.startsWith('v1,') && theirs.length === ours.length && timingSafeEqual(ours, theirs)
  })
}

// What is answered to a request whose signature was right.
function answer(asked) {
  if (asked.kind === 'ping') return { status: 'done' }
  if (asked.kind === 'read_back') return { status: 'done', terms: termsOf(asked) }
  db.exec('begin immediate')
  try {
    const known = db.prepare('select answer from done where id = ?').get(asked.id)
    if (known) return JSON.parse(known.answer)
    const terms = termsOf(asked)
    const refusal = whyNot(asked, terms)
    // Nothing is written down: it may be asked for again once this is mended.
    if (refusal) return { status: 'refused', message: refusal }
    const said = { status: 'done', terms: apply(asked, terms) }
    db.prepare('insert into done values (?, ?)').run(asked.id, JSON.stringify(said))
    db.exec('commit')
    return said
  } finally {
    if (db.isTransaction) db.exec('rollback')
  }
}

// Why this is not done, in words for the people who look after the account; '' when it is.
function whyNot(asked, terms) {
  if (!terms) return `there is no subscription ${asked.subscription}`
  if (terms.status === 'ended' && !['cancel_now', 'refund'].includes(asked.kind)) {
    return `${asked.subscription} has ended`
  }
  if (asked.kind === 'trial_extension' && terms.status !== 'trialing') {
    return `${asked.subscription} is no trial`
  }
  return ''
}

// What holds of a subscription now, in Tenure's words; null when there is none.
function termsOf(asked) {
  const found = db.prepare('select terms from subscription where id = ? and account = ?')
  const row = found.get(asked.subscription, asked.account)
  return row ? JSON.parse(row.terms) : null
}

// Make the change, and give the terms that hold from now on.
function apply(asked, terms) {
  const changed = { ...terms, ...changeOf(asked, terms) }
  const update = db.prepare('update subscription set terms = ? where id = ?')
  update.run(JSON.stringify(changed), asked.subscription)
  return changed
}

function changeOf({ id, kind, values }, terms) {
  const until_on = values.until_on ?? null
  switch (kind) {
    case 'pause': return { status: 'paused', paused_until_on: until_on }
    case 'resume': return { status: 'active', paused_until_on: null }
    case 'discount': return {
      percent_off: values.percent_off ?? null,
      amount_off_minor: values.amount_off_minor ?? null,
      discount_ends_on: until_on,
    }
    case 'free_months': return { percent_off: 100, discount_ends_on: until_on }
    case 'plan_change': {
      if (values.effective === 'period_end') {
        return { next_plan: values.plan, next_plan_on: terms.period_ends_on }
      }
      const { plan, billing_interval = terms.billing_interval, quantity = terms.quantity } = values
      return { plan, billing_interval, quantity }
    }
    case 'trial_extension': return { trial_ends_on: until_on }
    case 'refund': return { refunds: { ...terms.refunds, [id]: values.amount_minor } }
    case 'cancel_at_period_end': return { cancels_on: values.ends_on ?? terms.period_ends_on }
    case 'cancel_now': {
      return { status: 'ended', cancels_on: new Date().toISOString().slice(0, 10) }
    }
    case 'uncancel': return { cancels_on: null }
  }
}

function reply(response, status, said) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(said))
}

const server = createServer((request, response) => {
  const parts = []
  let length = 0
  request.on('data', (part) => {
    length += part.length
    if (length <= BODY_BYTES_MAX) parts.push(part)
  })
  request.on('end', () => {
    const body = Buffer.concat(parts)
    if (length > BODY_BYTES_MAX) return reply(response, 413, { error: 'too large' })
    if (!isSigned(request.headers, body)) {
      return reply(response, 401, { error: 'the signature is wrong or too old' })
    }
    return reply(response, 200, answer(JSON.parse(body)))
  })
})
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`)
})
