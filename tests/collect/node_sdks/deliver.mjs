// node deliver.mjs SDK FOLDER URL KEY: one call of each kind through an official client.
// FOLDER holds node_modules. Exits 0 when the client says that all was delivered.
import { createRequire } from 'node:module'

const [sdk, folder, url, key] = process.argv.slice(2)
const require = createRequire(`${folder}/`)
const timestamp = new Date('2026-01-02T03:04:05.678Z')
const context = { groupId: 'acme' }

const deliveries = {
  async segment() {
    const { Analytics } = require('@segment/analytics-node')
    const client = new Analytics({ writeKey: key, host: url, flushInterval: 200 })
    const failed = []
    client.on('error', (error) => failed.push(error))
    deliver(client)
    await client.closeAndFlush({ timeout: 30000 })
    if (failed.length) throw failed[0]
  },
  async rudderstack() {
    const RudderAnalytics = require('@rudderstack/rudder-sdk-node')
    const client = new RudderAnalytics(key, { dataPlaneUrl: url, logLevel: 'error' })
    deliver(client)
    await client.flush()
    clearTimeout(client.timer)
  },
  async posthog() {
    const { PostHog } = require('posthog-node')
    const client = new PostHog(key, { host: url, fetchRetryDelay: 200 })
    const at = { distinctId: 'u1', timestamp }
    client.identify({ distinctId: 'u1', properties: { email: 'ann@acme.test', plan: 'Pro' } })
    client.groupIdentify({ groupType: 'company', groupKey: 'acme', properties: { name: 'Acme', employees: 12 } })
    const properties = { rows: 3, format: 'csv' }
    client.capture({ ...at, event: 'Report Exported', properties, groups: { company: 'acme' } })
    client.capture({ ...at, event: '$pageview', properties: { title: 'API', section: 'x', $current_url: 'https://acme.test/api' } })
    client.capture({ ...at, event: '$screen', properties: { $screen_name: 'Main' } })
    client.alias({ distinctId: 'anon-1', alias: 'u1' })
    await client.shutdown(30000)
  },
}

function deliver(client) {
  const at = { userId: 'u1', timestamp }
  client.identify({ ...at, traits: { email: 'ann@acme.test', plan: 'Pro' } })
  client.group({ ...at, groupId: 'acme', traits: { name: 'Acme', employees: 12 } })
  client.track({ ...at, event: 'Report Exported', properties: { rows: 3, format: 'csv' }, context })
  client.page({ ...at, category: 'Docs', name: 'API', properties: { section: 'x' } })
  client.screen({ ...at, name: 'Main', properties: {} })
  client.alias({ ...at, previousId: 'anon-1' })
  client.track({ anonymousId: 'anon-2', event: 'Looked Around', timestamp })
}

await deliveries[sdk]()
