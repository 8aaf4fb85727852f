// The ground under all other tests: Chromium starts and renders, and a fault of a page fails the test that opened it.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { launch, openPage } from './browser.mjs'

let browser
let server
let origin

const pages = {
  '/good': ['<title>Good</title><h1>Here</h1>', {}],
  '/logs': ['<script>console.error("the lamp is out")</script>', {}],
  '/throws': ['<script>throw new Error("derailed")</script>', {}],
  '/blocked': ['<h1>Still here</h1><script>document.title = "ran"</script>', { 'content-security-policy': "script-src 'none'" }],
  '/part-missing': ['<link rel="stylesheet" href="/not-there.css">', {}],
}

before(async () => {
  browser = await launch()
  server = createServer((request, response) => {
    if (request.url === '/favicon.ico') return response.writeHead(204).end()
    const found = pages[request.url]
    if (!found) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'text/html', ...found[1] }).end(found[0])
  })
  await new Promise(ready => server.listen(0, '127.0.0.1', ready))
  origin = `http://127.0.0.1:${server.address().port}`
})

after(async () => {
  await browser?.close()
  server?.close()
})

test('a page is rendered', async t => {
  const { page, faults } = await openPage(t, browser)
  await page.goto(`${origin}/good`)
  assert.equal(await page.title(), 'Good')
  assert.equal(await page.locator('h1').innerText(), 'Here')
  assert.deepEqual(faults, [])
})

for (const [path, fault] of [
  ['/logs', /the lamp is out/],
  ['/throws', /derailed/],
  ['/blocked', /Content Security Policy/],
  ['/part-missing', /404/],
]) {
  test(`a fault is caught: ${path}`, async t => {
    // A test of its own inside, as the test that is expected to fail; its hook is called by hand.
    let end
    const inner = { after: hook => { end = hook } }
    const { page } = await openPage(inner, browser)
    await page.goto(origin + path)
    await page.waitForTimeout(100)
    await assert.rejects(end(), error => error.code === 'ERR_ASSERTION' && fault.test(JSON.stringify(error.actual)))

    // And the same is no failure where the test says that it expects it.
    const { page: again } = await openPage(t, browser, { expected: [fault] })
    await again.goto(origin + path)
  })
}
