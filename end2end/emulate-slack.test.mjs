// `signalbox serve` telling a Slack that nobody here wrote: npm's `emulate`, GitHub and Slack side by side.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emulate } from './emulate.mjs'
import { scratch, serve, start, program, until } from './signalbox.mjs'

const GITHUB = 'sb_github_token'
const SLACK = 'xoxb-signalbox-canary'

async function world(t, folder) {
  const seed = `tokens:
  ${GITHUB}: { login: releasebot, scopes: [repo, user] }
github:
  users:
    - { login: releasebot, name: Release Bot, email: releasebot@example.test }
  orgs:
    - { name: Tunelark, login: tunelark, members: [{ login: releasebot, role: admin }] }
  repos:
    - { owner: tunelark, name: mobile, default_branch: main, auto_init: true }
slack:
  team: { name: Tunelark, domain: tunelark }
  users:
    - { name: ada, real_name: Ada Park, email: ada@example.test }
  channels:
    - { name: releases, topic: Release trains }
  tokens:
    - { token: ${SLACK}, type: bot, user: ada, scopes: [chat:write, channels:read, channels:history] }
  strict_scopes: true
`
  const { addresses } = await emulate(t, folder, ['github', 'slack'], seed)
  const [hub, slack] = addresses
  const github = async (method, path, body) => {
    const answer = await fetch(`${hub}/repos/tunelark/mobile${path}`, {
      method, headers: { authorization: `Bearer ${GITHUB}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`)
    return text ? JSON.parse(text) : null
  }
  const ask = async (method, body) => (await fetch(`${slack}/api/${method}`, {
    method: 'POST', headers: { authorization: `Bearer ${SLACK}`, 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}),
  })).json()
  await until(() => github('GET', ''), { waitingFor: 'GitHub' })
  const channel = await until(async () => (await ask('conversations.list')).channels?.find(it => it.name === 'releases')?.id, { waitingFor: 'Slack' })
  const said = async () => (await ask('conversations.history', { channel })).messages.filter(it => it.blocks)
  return { hub, slack, github, said }
}

/** A release branch whose build is tested: all that is missing is a person who marks it. */
async function release(github) {
  const main = await github('GET', '/git/ref/heads/main')
  const name = 'release/android/9.1.24'
  await github('POST', '/git/refs', { ref: `refs/heads/${name}`, sha: main.object.sha })
  const made = await github('PUT', '/contents/a.kt', { message: '<!channel> fix', content: Buffer.from('//\n').toString('base64'), branch: name })
  await github('POST', '/check-runs', { name: 'unit', head_sha: made.commit.sha, status: 'completed', conclusion: 'success', completed_at: '2026-03-01T10:00:00Z' })
  await github('POST', '/releases', { tag_name: 'android/9.1.24+4127', target_commitish: made.commit.sha, name: 'Build 4127', prerelease: true })
}

const configuration = ({ hub, slack }, folder) => {
  mkdirSync(join(folder, 'processes'))
  writeFileSync(join(folder, 'processes', 'yes.toml'), `
name = "yes"
title = "With a yes"
version = 1
kind = "regular"
[[stages]]
id = "branched"
title = "Release branched"
short = "Branched"
entered_when = "branch_exists"
[stages.leave]
action = "mark_candidate"
mode = "ask"
conditions = [{ id = "tests", kind = "tests_passed" }]
[[stages]]
id = "candidate"
title = "Final release candidate"
short = "Final RC"
entered_when = "candidate_marked"
[stages.leave]
action = "publish"
mode = "ask"
conditions = [{ id = "candidate-tests", kind = "tests_passed" }]
[[stages]]
id = "complete"
title = "Published"
short = "Published"
entered_when = "complete"
[stages.leave]
action = "finish"
mode = "auto"
conditions = [{ id = "watch", kind = "soaked", hours = 1 }]
`)
  const file = join(folder, 'signalbox.toml')
  writeFileSync(file, `
[server]
data = "data"
[conductor]
tick_minutes = 1
acts = true
[processes]
folder = "processes"
[apps.music]
name = "Music"
owner = "Ada Park"
[apps.music.platforms.android]
process = "yes"
store = "download"
[sources.github]
kind = "github"
base_url = "${hub}"
token = { env = "GITHUB_TOKEN" }
statuses = false
[sources.github.apps.music]
repository = "tunelark/mobile"
[sources.github.apps.music.platforms.android]
branch = "release/android/{version}"
build_tag = "android/{version}+{build}"
release_tag = "shipped/android/{version}"
[sources.slack]
kind = "slack"
base_url = "${slack}/api"
token = { env = "SLACK_TOKEN" }
signalbox_url = "https://signalbox.example"
[[sources.slack.messages]]
app = "music"
channel = "#releases"
`)
  return file
}

test('what waits for a person is one message, also after a restart, and says when it is over', async t => {
  const folder = scratch(t)
  const it = await world(t, folder)
  await release(it.github)
  const file = configuration(it, folder)
  const env = { GITHUB_TOKEN: GITHUB, SLACK_TOKEN: SLACK }
  const checked = start(t, program, ['check', '--config', file], { env: { ...process.env, ...env } })
  assert.equal((await checked.ended).code, 0, checked.said)
  assert.match(checked.said, /Slack answers: the bot is/)
  assert.match(checked.said, /#releases can be read/)

  const first = await serve(t, file, env)
  const [message] = await until(async () => { const all = await it.said(); return all.length && all }, { waitingFor: 'the message' })
  assert.match(message.text, /^:large_yellow_circle: \*<https:\/\/signalbox\.example\/apps\/music\/android\/9\.1\.24\|Music Android 9\.1\.24>\*\n/)
  /** Ends it at once. The lease of the dead would last for minutes; without any memory the next one conducts at once. */
  const lose = async ({ child }) => {
    child.kill('SIGKILL')
    await child.ended
    rmSync(join(folder, 'data'), { recursive: true })
  }
  await lose(first)

  // Another process that remembers nothing finds it, and posts nothing.
  const second = await serve(t, file, env)
  assert.equal((await until(async () => { const now = await second.board(); return now.calls.length && now }, { waitingFor: 'the call' })).conductor.on_duty, true)
  await new Promise(done => setTimeout(done, 1500))
  assert.deepEqual((await it.said()).map(it => it.ts), [message.ts])
  await lose(second)

  // A test fails meanwhile: nobody is waited for any more.
  const head = await it.github('GET', '/git/ref/heads/release/android/9.1.24')
  await it.github('POST', '/check-runs', { name: 'lint', head_sha: head.object.sha, status: 'completed', conclusion: 'failure', completed_at: '2026-03-01T11:00:00Z' })
  const third = await serve(t, file, env)
  const over = await until(async () => (await it.said()).find(it => it.text.includes('Over:')), { waitingFor: 'its end' })
  assert.equal(over.ts, message.ts)
  assert.equal((await it.said()).length, 1)
  assert.ok(!(first.child.said + second.child.said + third.child.said + checked.said).includes('canary'))
})

test('a Slack that is gone stops nothing, and the board goes on', async t => {
  const folder = scratch(t)
  const it = await world(t, folder)
  await release(it.github)
  const file = configuration({ ...it, slack: 'http://127.0.0.1:9' }, folder)
  const { board, child } = await serve(t, file, { GITHUB_TOKEN: GITHUB, SLACK_TOKEN: SLACK })
  const shown = await until(async () => { const now = await board(); return now.calls.length && now }, { waitingFor: 'the call on the board' })
  assert.equal(shown.conductor.on_duty, true)
  await until(() => child.said.includes('slack'), { waitingFor: 'a word in the log' })
  assert.ok(!child.said.includes('canary'))
})
