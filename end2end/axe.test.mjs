// Every route holds to WCAG 2.2 AA as far as axe can tell, in light and dark, wide and on a phone.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { launch, openPage } from './browser.mjs'
import { demo, waiting } from './signalbox.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

for (const colorScheme of ['light', 'dark'])
  for (const width of [1440, 390])
    test(`no route breaks a rule in ${colorScheme} at ${width} px`, async t => {
      // The policy would refuse the checker, which is not the page's.
      const { page } = await openPage(t, browser, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true, expected: [/404/] })
      const { address, board } = await demo(t, '--seed', '5', '--speed', '60')
      const train = `/apps/${waiting(await board()).key}`
      const holds = async name => {
        await page.evaluate(axe)
        const { violations } = await page.evaluate(tags => window.axe.run(document, { runOnly: tags }), rules)
        assert.deepEqual(violations.map(it => `${name}: ${it.id}: ${it.nodes[0].html.slice(0, 160)}`), [])
      }
      for (const path of ['/', '/apps/larkcast', train, '/sources', '/journal', '/find?q=larkcast', '/insights', '/settings', '/settings/processes/default', '/sign-in', '/apps/none/ios/1.0']) {
        await page.goto(address + path)
        await page.waitForTimeout(800)
        await holds(path)
      }
      await page.goto(`${address}/sign-in?next=${train}`)
      await page.locator('button[value="admin"]').click()
      await page.waitForURL(address + train)
      await page.waitForTimeout(800)
      await holds(`${train} as admin`)
      for (const sheet of ['sheet-hold', 'sheet-advance']) {
        await page.locator(`button[popovertarget="${sheet}"]:not([popovertargetaction])`).click()
        await holds(`${train} #${sheet}`)
        await page.keyboard.press('Escape')
      }
    })
