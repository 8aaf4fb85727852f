// `signalbox check` against a real Prometheus, filled from a file; skipped where it is not installed.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort, program, scratch, start, until } from './signalbox.mjs'

const installed = spawnSync('prometheus', ['--version']).status === 0 && spawnSync('promtool', ['--version']).status === 0

/** A Prometheus that has counted sessions for an hour, until now. */
async function prometheus(t, folder) {
  const now = Math.floor(Date.now() / 1000)
  const counter = (name, values) => [`# TYPE ${name} counter`, ...values.flatMap(([labels, to]) =>
    [...Array(61).keys()].map(minute => `${name}_total{${labels}} ${(to * minute) / 60} ${now - 3600 + minute * 60}`))]
  const android = 'app="music",platform="android"'
  writeFileSync(join(folder, 'past.openmetrics'), [
    ...counter('app_sessions', [[`${android},version="9.1.24",build="4127"`, 6000], [`${android},version="9.1.23",build="4101"`, 60000]]),
    ...counter('app_crashed_sessions', [[`${android},version="9.1.24",build="4127"`, 12]]),
    '# EOF', ''].join('\n'))
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'past.openmetrics'), join(folder, 'tsdb')])
  writeFileSync(join(folder, 'prometheus.yml'), 'global: { scrape_interval: 15s }\n')
  const port = await freePort()
  start(t, 'prometheus', [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`])
  const base = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(`${base}/-/ready`)).ok, { waitingFor: 'Prometheus' })
  return base
}

const configuration = (folder, base, other) => {
  const file = join(folder, 'signalbox.toml')
  writeFileSync(file, `
[server]
data = "data"
[apps.music]
name = "Music"
owner = "Ada Park"
[apps.music.platforms.android]
process = "download"
store = "download"
[sources.prometheus]
kind = "prometheus"
base_url = "${base}"
[sources.prometheus.apps.music.platforms.android]
where = { app = "music", platform = "android" }
newest = 'max by (app, platform) (timestamp(app_sessions_total))'
values.crashes = { query = 'sum by (app, platform, version, build) (app_crashed_sessions_total / app_sessions_total)', sample = 'app_sessions_total' }
values.other = { query = '${other}', tells = "reading" }
[sources.prometheus.apps.music.platforms.android.health.production]
sessions = 'sum by (app, platform, version, build) (increase(app_sessions_total[30m]))'
crashed = 'sum by (app, platform, version, build) (increase(app_crashed_sessions_total[30m]))'
`)
  return file
}

test('a real Prometheus answers named queries and sessions', { skip: !installed && 'Prometheus is not installed' }, async t => {
  const folder = scratch(t)
  const base = await prometheus(t, folder)
  const check = other => spawnSync(program, ['check', '--config', configuration(folder, base, other)], { encoding: 'utf8' })
  const good = check('sum by (app, platform) (app_sessions_total)')
  assert.match(good.stdout, /ok +apps\.music\.platforms\.android\.values\.crashes: 1 values/)
  assert.match(good.stdout, /ok +apps\.music\.platforms\.android\.health: 2 rows with sessions/)
  assert.equal(good.status, 0, good.stdout + good.stderr)
  const none = check('sum by (app, platform) (absent_metric)')
  assert.match(none.stdout, /wrong +apps\.music\.platforms\.android\.values\.other: the query has no value now/)
  const bad = check('sum(')
  assert.match(bad.stdout, /wrong +apps\.music\.platforms\.android\.values\.other: prometheus does not let us see `sum\(` \(400\).*correct the settings/)
  assert.equal(bad.status, 1)
})
