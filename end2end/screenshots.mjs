// Pictures of every page at three widths in both themes, into end2end/screenshots, and the one of the README.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { launch } from './browser.mjs'
import { freePort, inFlight, program, until } from './signalbox.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, 'screenshots')
mkdirSync(out, { recursive: true })

const address = `127.0.0.1:${await freePort()}`
const demo = spawn(program, ['demo', '--listen', address, '--seed', '1'], { stdio: 'ignore' })
const browser = await launch()
try {
  const base = `http://${address}`
  const board = () => fetch(`${base}/api/v1/board`).then(answer => answer.json())
  await until(async () => (await board()).moves.length > 5, { seconds: 60, waitingFor: 'some moves' })
  const train = inFlight(await board()).find(track => track.stations[track.at].id === 'candidate') ?? inFlight(await board())[0]
  const pages = { board: '/', track: `/apps/${train.key}`, sources: '/sources', find: '/find?q=7.', journal: '/journal', insights: '/insights', settings: '/settings', process: '/settings/processes/default', nothing: '/nowhere' }
  for (const [name, path] of Object.entries(pages))
    for (const width of [1440, 820, 390])
      for (const colorScheme of ['light', 'dark']) {
        const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' })
        const page = await context.newPage()
        await page.goto(base + path)
        await page.waitForTimeout(1200)
        await page.screenshot({ path: join(out, `${name}-${width}-${colorScheme}.png`), fullPage: true })
        if (name === 'board' && width === 1440 && colorScheme === 'light')
          await page.screenshot({ path: join(here, '../docs/board.png') })
        await context.close()
      }
} finally {
  await browser.close()
  demo.kill('SIGTERM')
}
