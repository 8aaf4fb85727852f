// What people press, as each role, with and without scripts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage } from './browser.mjs'
import { demo, until, waiting } from './signalbox.mjs'

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

// A slow demo: the train must still be where it was when the test comes to press something.
const slowly = t => demo(t, '--seed', '3', '--speed', '60')

// The button that opens a sheet; the sheet has one of its own that closes it.
const opener = (page, sheet) => page.locator(`button[popovertarget="${sheet}"]:not([popovertargetaction])`)

async function hold(page, reason) {
  await opener(page, 'sheet-hold').click()
  await page.locator('#sheet-hold textarea').fill(reason)
  await page.locator('#sheet-hold').getByRole('button', { name: 'Hold', exact: true }).click()
}

async function signIn(page, address, role, next) {
  await page.goto(`${address}/sign-in?next=${next}`)
  await page.locator(`button[name="role"][value="${role}"]`).click()
  await page.waitForURL(`${address}${next}`)
}

test('a release manager holds a train, sees it held by name, and lets it go', async t => {
  const { page } = await openPage(t, browser)
  const { address, board, child } = await slowly(t)
  const path = `/apps/${waiting(await board()).key}`
  await page.goto(address + path)
  assert.equal(await opener(page, 'sheet-hold').isVisible(), false, 'nobody is signed in')
  await signIn(page, address, 'release-manager', path)
  await opener(page, 'sheet-hold').click()
  const reason = page.locator('#sheet-hold textarea')
  await reason.fill('press <b>embargo</b>')
  // Boards arrive meanwhile, and take nothing from who writes.
  await page.waitForTimeout(2_000)
  assert.equal(await reason.inputValue(), 'press <b>embargo</b>')
  await page.locator('#sheet-hold').getByRole('button', { name: 'Hold', exact: true }).click()
  await page.waitForURL(`${address}${path}`)
  const verdict = page.locator('.verdict h2')
  await until(async () => /Held by A release manager: press <b>embargo<\/b>/.test(await verdict.innerText()), { waitingFor: 'the train to be held' })
  await page.getByRole('button', { name: 'Release the hold' }).click()
  await until(async () => !/Held/.test(await verdict.innerText()), { waitingFor: 'the hold to be gone' })
  assert.doesNotMatch(child.said, /ERROR|panicked/)
})

test('a condition is waived for a reason, says so, and the waiver is taken back', async t => {
  const { page } = await openPage(t, browser)
  const { address, board } = await slowly(t)
  const path = `/apps/${waiting(await board()).key}`
  await signIn(page, address, 'release-manager', path)
  // Else the conductor would move it on as soon as nothing is in its way.
  await hold(page, 'to look at it')
  await page.waitForURL(address + path)
  const button = page.locator('#why button[popovertarget^="waive-"]').first()
  const sheet = await button.getAttribute('popovertarget')
  const rule = sheet.slice('waive-'.length)
  await button.click()
  const form = page.locator(`[id="${sheet}"]`)
  // Without a reason the browser does not even send it.
  await form.getByRole('button', { name: 'Waive', exact: true }).click()
  assert.equal(await form.isVisible(), true)
  await form.locator('textarea').fill('the rack is down until Monday')
  await form.getByRole('button', { name: 'Waive', exact: true }).click()
  const row = page.locator(`#why .finding[data-rule="${rule}"]`)
  await until(async () => /Waived by A release manager: “the rack is down until Monday”/.test(await row.innerText()), { waitingFor: 'the waiver' })
  await row.getByRole('button', { name: 'Undo' }).click()
  await until(async () => !/Waived/.test(await row.innerText()), { waitingFor: 'the waiver to be gone' })
})

test('without scripts the forms work, and who is not signed in is led to it', async t => {
  const { page } = await openPage(t, browser, { javaScriptEnabled: false, expected: [/\.js csp$/] })
  const { address, board } = await slowly(t)
  const path = `/apps/${waiting(await board()).key}`
  await page.goto(address + path)
  await hold(page, 'by hand')
  assert.equal(page.url(), `${address}/sign-in?next=${path}`)
  await page.locator('button[value="release-manager"]').click()
  assert.equal(page.url(), address + path)
  await hold(page, 'by hand')
  await until(async () => { await page.reload(); return /Held by/.test(await page.locator('.verdict h2').innerText()) }, { waitingFor: 'the train to be held' })
})

test('who may not press is refused in words, whatever is sent', async t => {
  const { page } = await openPage(t, browser, { expected: [/403/] })
  const { address, board } = await slowly(t)
  const train = waiting(await board())
  const path = `/apps/${train.key}`
  for (const role of ['viewer', 'engineer']) {
    await signIn(page, address, role, path)
    assert.equal(await opener(page, 'sheet-hold').isVisible(), false, role)
    // The form is there, and only hidden: it is pressed all the same.
    await page.locator('#sheet-hold form').evaluate(form => { form.reason.value = 'x'; form.submit() })
    await page.getByRole('heading', { name: 'Nothing was done' }).waitFor()
    assert.match(await page.locator('[role="alert"]').innerText(), new RegExp(`${role} may not do that .* at least the role release manager`))
  }
  const shown = await (await fetch(`${address}/api/v1/tracks/${train.key}`)).json()
  assert.deepEqual(shown.people.holds, [])
})

test('a write from another site, or from nowhere, is refused on every form', async t => {
  const { page } = await openPage(t, browser)
  const { address, board } = await slowly(t)
  const path = `/apps/${waiting(await board()).key}`
  await signIn(page, address, 'admin', path)
  const cookie = (await page.context().cookies()).map(it => `${it.name}=${it.value}`).join('; ')
  const words = ['hold', 'release', 'waivers', 'unwaive', 'sign-offs', 'ticks', 'approvals', 'answer', 'nothing-happened', 'orders', 'emergency', 'no-emergency', 'cancel']
  for (const where of [...words.map(word => `${path}/${word}`), '/sign-in', '/sign-out'])
    for (const from of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }, { origin: 'https://evil.example' }, {}]) {
      const answer = await fetch(address + where, { method: 'POST', headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...from }, body: 'reason=x&role=admin', redirect: 'manual' })
      assert.equal(answer.status, 403, `${where} from ${JSON.stringify(from)}`)
    }
})
