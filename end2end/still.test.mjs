// Pages that the server makes alone: each is read, led to from the bar, searched and written to as a person would.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage } from './browser.mjs'
import { demo, inFlight, until } from './signalbox.mjs'

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

const signIn = async (page, address, role, next) => {
  await page.goto(`${address}/sign-in?next=${next}`)
  await page.locator(`button[value="${role}"]`).click()
  await page.waitForURL(address + next)
}

test('each place of the bar is reached by a click from the board, says where it is, and loads no wasm', async t => {
  const { page } = await openPage(t, browser)
  const { address } = await demo(t, '--seed', '5', '--speed', '60')
  for (const name of ['Insights', 'Sources', 'Journal', 'Settings', 'Find']) {
    await page.goto(address)
    const loaded = []
    await page.locator('nav.nav a', { hasText: name }).click({ noWaitAfter: true })
    await page.waitForURL(`${address}/${name.toLowerCase()}*`)
    await page.waitForLoadState('networkidle')
    loaded.push(...await page.evaluate(() => performance.getEntriesByType('resource').map(it => it.name)))
    assert.equal(await page.locator('h1').innerText(), name)
    assert.equal(await page.locator('nav.nav [aria-current="page"]').innerText(), name)
    assert.deepEqual(loaded.filter(it => it.endsWith('.wasm')), [])
  }
})

test('a version that is asked for leads to its train, and a commit tells where it is in', async t => {
  const { page } = await openPage(t, browser)
  const { address, board } = await demo(t, '--seed', '5', '--speed', '60')
  const train = inFlight(await board())[0]
  await page.goto(`${address}/find?q=${encodeURIComponent(train.title)}`)
  await page.waitForURL(`${address}/apps/${train.key}`)
  // The branch's newest commit, as the board's own API names it.
  const commits = async () => {
    const { facts } = await (await fetch(`${address}/api/v1/tracks/${train.key}`)).json()
    return JSON.stringify(facts.commits ?? facts).match(/"sha":"([0-9a-f]{12,40})"/)?.[1]
  }
  const sha = await until(commits, { seconds: 30, waitingFor: 'a commit of the train' })
  await page.goto(`${address}/find`)
  await page.locator('main input[name="q"]').fill(sha.slice(0, 10))
  await page.keyboard.press('Enter')
  await page.waitForURL(/find\?q=/)
  assert.match(await page.locator('main').innerText(), new RegExp(sha.slice(0, 7)))
  await page.goto(`${address}/find?q=${encodeURIComponent('"><script>alert(1)</script>')}`)
  assert.match(await page.locator('main').innerText(), /Nothing on the board is called that/)
})

test('the journal is filtered in its address, opens to what a move rested on, and is told as a file', async t => {
  const { page } = await openPage(t, browser, { expected: [/400/] })
  const { address } = await demo(t, '--seed', '5')
  await until(async () => (await (await fetch(`${address}/journal.jsonl`)).text()).includes('final release candidate'), { seconds: 60, waitingFor: 'a candidate' })
  const train = (await (await fetch(`${address}/journal.jsonl`)).text()).trim().split('\n').map(line => JSON.parse(line))
  assert.ok(train.length > 3)
  await page.goto(`${address}/journal?who=conductor`)
  const entries = page.locator('main details')
  assert.ok(await entries.count() > 0)
  await entries.first().locator('summary').click()
  assert.match(await entries.first().innerText(), /[0-9a-f]{16}/)
  const csv = await (await fetch(`${address}/journal.csv?who=conductor`)).text()
  assert.ok(csv.split('\r\n').length > 1 || csv.split('\n').length > 1)
  const wrong = await page.goto(`${address}/journal?from=yesterday`)
  assert.equal(wrong.status(), 400)
})

test('an admin tries other rules and sees what they would do to each train, and nothing is changed', async t => {
  const { page } = await openPage(t, browser, { expected: [/422/] })
  const { address } = await demo(t, '--seed', '5', '--speed', '60')
  const before = await (await fetch(`${address}/settings/processes/default.toml`)).text()
  await signIn(page, address, 'admin', '/settings/processes/default')
  const rules = page.locator('textarea[name="rules"]')
  await page.locator('main form button').first().click()
  await page.waitForURL(/\/try/)
  assert.match(await page.locator('main').innerText(), /With these rules, right now/i)
  await page.goto(`${address}/settings/processes/default`)
  await rules.fill(`${before}\nnonsense = 1\n`)
  await page.locator('main form button').first().click()
  await page.waitForURL(/\/try/)
  assert.match(await page.locator('main').innerText(), /nonsense/)
  assert.ok((await rules.inputValue()).includes('nonsense'), 'the text is kept')
  assert.equal(await (await fetch(`${address}/settings/processes/default.toml`)).text(), before)
})

test('the trains are told to a chat as text', async t => {
  const { address, board } = await demo(t, '--seed', '5', '--speed', '60')
  const text = await (await fetch(`${address}/status.txt`)).text()
  for (const track of inFlight(await board())) assert.ok(text.includes(`/apps/${track.key}`), track.key)
})
