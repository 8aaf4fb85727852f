// `signalbox serve` against a GitHub that nobody here wrote: npm's `emulate`, filled over its own HTTP API.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, openPage } from './browser.mjs'
import { emulate } from './emulate.mjs'
import { inFlight, program, scratch, serve, start, until } from './signalbox.mjs'

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

const TOKEN = 'sb_github_token'
const REPOSITORY = '/repos/tunelark/mobile'

async function github(t, folder) {
  const { addresses: [base] } = await emulate(t, folder, ['github'], `tokens:
  ${TOKEN}: { login: releasebot, scopes: [repo, user] }
github:
  users:
    - { login: releasebot, name: Release Bot, email: releasebot@example.test }
  orgs:
    - { name: Tunelark, login: tunelark, members: [{ login: releasebot, role: admin }] }
  repos:
    - { owner: tunelark, name: mobile, default_branch: main, auto_init: true }
`)
  const call = async (method, path, body) => {
    const answer = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, accept: 'application/vnd.github+json', 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`)
    return text ? JSON.parse(text) : null
  }
  await until(() => call('GET', REPOSITORY), { waitingFor: 'emulate' })
  return { base, call }
}

/** A release branch with three commits, the newest of them tested and built. */
async function release(call, { conclusion }) {
  const main = await call('GET', `${REPOSITORY}/git/ref/heads/main`)
  await call('POST', `${REPOSITORY}/git/refs`, { ref: 'refs/heads/release/android/9.1.24', sha: main.object.sha })
  let head
  for (const n of [1, 2, 3]) {
    const made = await call('PUT', `${REPOSITORY}/contents/player/fix-${n}.kt`, {
      message: `MUS-10${n}: <b>fix</b> ${n}`, content: Buffer.from(`// fix ${n}\n`).toString('base64'), branch: 'release/android/9.1.24',
    })
    head = made.commit.sha
  }
  for (const name of ['unit', 'end-to-end', 'lint'])
    await call('POST', `${REPOSITORY}/check-runs`, {
      name, head_sha: head, status: 'completed', completed_at: '2026-03-01T10:00:00Z',
      conclusion: name === 'end-to-end' ? conclusion : 'success',
    })
  await call('POST', `${REPOSITORY}/releases`, {
    tag_name: 'android/9.1.24+4127', target_commitish: head, name: 'Build 4127', prerelease: true,
  })
  return head
}

const configuration = (base, folder) => {
  const file = join(folder, 'signalbox.toml')
  writeFileSync(file, `
[server]
data = "data"
[conductor]
tick_minutes = 1
[apps.music]
name = "Music"
owner = "Ada Park"
[apps.music.platforms.android]
process = "download"
store = "download"
[sources.github]
kind = "github"
base_url = "${base}"
token = { env = "GITHUB_TOKEN" }
statuses = false
[sources.github.apps.music]
repository = "tunelark/mobile"
[sources.github.apps.music.platforms.android]
branch = "release/android/{version}"
build_tag = "android/{version}+{build}"
release_tag = "shipped/android/{version}"
`)
  return file
}

test('a release branch with a failed check waits for its tests, and the board says so', async t => {
  const { page } = await openPage(t, browser)
  const folder = scratch(t)
  const { base, call } = await github(t, folder)
  const head = await release(call, { conclusion: 'failure' })
  const { address, board } = await serve(t, configuration(base, folder), { GITHUB_TOKEN: TOKEN })
  await until(async () => inFlight(await board()).length === 1, { waitingFor: 'the track' })
  await page.goto(address)
  const row = page.locator('article[data-standing]')
  assert.match(await row.getAttribute('aria-label'), /Music Android 9\.1\.24/)
  assert.match(await row.locator('.why').innerText(), /Tests failed on .*end-to-end/)
  assert.equal(await row.locator('.lamp').nth(0).getAttribute('data-signal'), 'wait')
  await page.goto(`${address}/apps/music/android/9.1.24`)
  const tests = page.locator('.finding', { hasText: 'Tests passed on the latest commit' }).first()
  assert.equal(await tests.getAttribute('data-signal'), 'wait')
  assert.match(await tests.innerText(), /2 of 3/)
  const build = page.locator('.finding', { hasText: 'Build contains the latest commit' }).first()
  assert.equal(await build.getAttribute('data-signal'), 'go')
  // No tracker is configured: that is unknown, and never zero bugs.
  const bugs = page.locator('.finding', { hasText: 'No open blocking bug' }).first()
  assert.equal(await bugs.getAttribute('data-signal'), 'unknown')
  assert.ok((await page.locator('#builds').innerText()).includes(head.slice(0, 7)))
  assert.ok((await page.locator('#builds').innerText()).includes('<b>fix</b> 3'), 'text from outside is shown as it was typed')
})

test('a wrong token is no reason not to start; everything is unknown, with the reason, and check says what to do', async t => {
  const { page } = await openPage(t, browser)
  const folder = scratch(t)
  const { call, base } = await github(t, folder)
  await release(call, { conclusion: 'success' })
  const file = configuration('http://127.0.0.1:9', folder)
  const { address, board } = await serve(t, file, { GITHUB_TOKEN: 'canary_wrong' })
  const shown = await until(async () => {
    const it = await board()
    return it.sources[0]?.fault && it
  }, { waitingFor: 'the fault' })
  assert.equal(shown.sources[0].signal, 'unknown')
  assert.match(shown.sources[0].fault, /github cannot be reached/)
  const answer = await page.goto(address)
  assert.equal(answer.status(), 200)
  assert.ok((await page.locator('.sources').innerText()).includes('GitHub'))
  assert.ok(!(await page.content()).includes('canary'))
  const checked = start(t, program, ['check', '--config', file], { env: { ...process.env, GITHUB_TOKEN: 'canary_wrong' } })
  const { code } = await checked.ended
  assert.equal(code, 1)
  assert.match(checked.said, /wrong/)
  assert.ok(!checked.said.includes('canary'))
  assert.ok(base)
})
