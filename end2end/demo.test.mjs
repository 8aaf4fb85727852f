// The demo as its visitor sees it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage } from './browser.mjs'
import { demo, demoAt, inFlight, until, waiting } from './signalbox.mjs'

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

test('the board shows three apps on three platforms, and a train moves within a minute without a reload', async t => {
  const { page } = await openPage(t, browser)
  const { address, board, child } = await demo(t, '--seed', '7')
  await page.goto(address)
  assert.equal(await page.locator('section.app').count(), 3)
  const before = await board()
  assert.deepEqual([...new Set(before.apps.flatMap(app => app.lines.map(line => line.platform)))].sort(), ['android', 'desktop', 'ios'])
  assert.ok(inFlight(before).length >= 5, 'some trains are in flight')
  for (const lamp of await page.locator('article[data-standing] .lamps').first().locator('.lamp').all())
    assert.ok(await lamp.getAttribute('data-signal'))
  assert.ok((await page.locator('article[data-standing] .why').first().innerText()).length > 10)
  // Nothing but the events may change the page from here on.
  await page.evaluate(() => { window.stillHere = true })
  // What a person sees of each train: where it stands, its lamps, what it waits for. Ages are left out: they tick by themselves.
  const seen = () => page.locator('article[data-standing]').evaluateAll(rows => rows.map(row => [
    row.getAttribute('aria-label'),
    row.querySelector('[aria-current="step"] .station-name')?.textContent,
    [...row.querySelectorAll('.lamp')].map(lamp => lamp.dataset.signal + lamp.querySelector('.lamp-text')?.textContent).join(),
    row.querySelector('.why span')?.textContent,
  ].join(' | ')).join('\n'))
  const first = await seen()
  await until(async () => (await seen()) !== first, { seconds: 60, waitingFor: 'a train to move on the page' })
  const place = shown => shown.apps.flatMap(app => app.lines).map(line =>
    `${line.platform} ${line.production?.track?.version} ${line.current.map(track => `${track.key}:${track.at}`)}`).join('\n')
  const started = place(before)
  await until(async () => place(await board()) !== started, { seconds: 60, waitingFor: 'a train to reach another station' })
  assert.equal(await page.evaluate(() => window.stillHere), true, 'the page was not loaded again')
  assert.doesNotMatch(child.said, /ERROR|panicked/)
})

test('a click opens the track page, which shows the whole ledger and decides the same in the browser', async t => {
  const { page } = await openPage(t, browser)
  const { address, board } = await demo(t, '--seed', '3')
  await page.goto(address)
  const requests = []
  await until(() => page.evaluate(() => document.documentElement.dataset.hydrated === 'true' || !!document.querySelector('[data-live]')), { waitingFor: 'the page to be alive' })
    .catch(() => {})
  await page.waitForTimeout(1500)
  page.on('request', request => { if (request.resourceType() === 'document') requests.push(request.url()) })
  const train = waiting(await board())
  await page.locator(`a[href="/apps/${train.key}"]`).first().click()
  await page.waitForURL(`**/apps/${train.key}`)
  await page.locator('#why .finding').first().waitFor()
  assert.deepEqual(requests, [], 'moving to the track fetched no document')
  assert.match(await page.title(), new RegExp(train.id.version.replaceAll('.', '\\.')))
  const rows = await page.locator('#why .finding').all()
  assert.ok(rows.length >= 3, 'the ledger has its conditions')
  for (const row of rows) {
    assert.ok(await row.getAttribute('data-signal'))
    assert.ok((await row.locator('h3').innerText()).trim(), 'what is asked')
    assert.ok((await row.locator('.value').innerText()).trim(), 'value and threshold')
  }
  await until(() => page.locator('[data-agrees="true"]').count(), { waitingFor: 'the browser to decide for itself' })
  assert.equal(await page.locator('[data-agrees="false"]').count(), 0)
  await page.goBack()
  await page.locator('section.app').first().waitFor()
})

test('a shared link unfurls and reads without JavaScript', async t => {
  // Without scripts Chromium does not load what is only a script's, and says so.
  const { page } = await openPage(t, browser, { javaScriptEnabled: false, expected: [/\.js csp$/] })
  const { address, board } = await demo(t, '--seed', '5')
  const train = waiting(await board())
  const html = await (await fetch(`${address}/apps/${train.key}`)).text()
  assert.match(html, /<meta[^>]+property="og:title"[^>]+content="[^"]+"/)
  assert.match(html, /<meta[^>]+property="og:description"[^>]+content="[^"]{10,}"/)
  await page.goto(`${address}/apps/${train.key}`)
  assert.ok((await page.locator('h1').innerText()).includes(train.id.version))
  assert.ok(await page.locator('#why .finding').count() >= 3)
  await page.locator('.crumbs a').first().click()
  assert.equal(await page.locator('section.app').count(), 3)
})

test('an address that nothing is at says so, with the right status', async t => {
  const { page } = await openPage(t, browser, { expected: [/404/] })
  const { address } = await demo(t)
  for (const path of ['/nowhere', '/apps/nobody', '/apps/larkcast/android/0.0.1']) {
    const answer = await page.goto(address + path)
    assert.equal(answer.status(), 404, path)
    assert.ok((await page.locator('h1').innerText()).length > 3)
  }
})

test('pages are the same bytes for everybody, with an entity tag and a strict policy', async t => {
  const { address } = await demo(t, '--speed', '1')
  const first = await fetch(address)
  const policy = first.headers.get('content-security-policy')
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /'unsafe-inline'(?!;| )|script-src[^;]*'unsafe-inline'|'unsafe-eval'/)
  assert.equal(first.headers.get('x-content-type-options'), 'nosniff')
  const tag = first.headers.get('etag')
  const again = await fetch(address, { headers: { 'if-none-match': tag } })
  assert.ok(again.status === 304 || again.headers.get('etag') !== tag)
})

test('a lost connection says so, and the page catches up by itself when the server is back', async t => {
  const { page } = await openPage(t, browser, { expected: [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/] })
  const { address, child } = await demo(t, '--seed', '7')
  await page.goto(address)
  await page.waitForTimeout(2500)
  assert.equal(await page.getByText(/connection lost/i).count(), 0)
  child.kill('SIGKILL')
  await until(() => page.getByText(/connection lost/i).first().isVisible(), { seconds: 30, waitingFor: 'the page to say that the connection is lost' })
  const { board } = await demoAt(t, new URL(address).host, '--seed', '8')
  await until(async () => {
    const shown = await page.locator('article[data-standing]').evaluateAll(rows => rows.map(row => row.getAttribute('aria-label')).sort().join())
    return shown === inFlight(await board()).map(track => track.title).sort().join()
  }, { seconds: 60, waitingFor: 'the page to have caught up' })
  assert.equal(await page.getByText(/connection lost/i).count(), 0)
})
