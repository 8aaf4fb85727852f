// Chromium for the tests. A page that logs an error, throws, breaks the content security policy or fails to load a part
// fails the test that opened it, whether or not the test looked.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

// The sandbox needs rights that containers do not give; the rest keeps Chromium from calling home in the middle of a test.
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

const usual = [
  '/usr/bin/chromium', '/usr/bin/google-chrome-stable', '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Starts Chromium: the one that CHROMIUM names, one that is installed, or Playwright's own. Whoever starts it closes it. */
export async function launch(options = {}) {
  const executablePath = process.env.CHROMIUM || usual.find(path => existsSync(path))
  // `channel` asks for the whole browser: Playwright's headless shell is another download.
  const which = executablePath ? { executablePath } : { channel: 'chromium' }
  return chromium.launch({ ...which, args, ...options })
}

/**
 * A page in a context of its own, which is closed when the test `t` ends. The test then fails if the page had faults
 * that no pattern in `expected` matches: a test of what happens on a 404 says so with `expected: [/404/]`.
 * Open it before what it looks at is started: what a test began first is ended first.
 * Everything else in `options` goes to the context (viewport, colorScheme, javaScriptEnabled …).
 */
export async function openPage(t, browser, { expected = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const faults = watch(page)
  t.after(async () => {
    await context.close()
    const unexpected = faults.filter(fault => !expected.some(pattern => pattern.test(fault)))
    assert.deepEqual(unexpected, [], 'the page had faults')
  })
  return { page, context, faults }
}

/** Collects the faults of a page as text, as they come. */
function watch(page) {
  const faults = []
  page.on('console', message => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', error => faults.push(`thrown: ${error.message}`))
  page.on('crash', () => faults.push('the page crashed'))
  page.on('requestfailed', request => {
    const why = request.failure()?.errorText ?? 'unknown'
    // Going elsewhere ends streams and fetches that are under way; that is how it should be.
    if (why !== 'net::ERR_ABORTED') faults.push(`request: ${request.url()} ${why}`)
  })
  return faults
}
