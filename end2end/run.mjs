// Runs the browser tests (`*.test.mjs` beside this file), one file after the other, and ends in "N passed, N failed".
//
//   node end2end/run.mjs [part of a file name…]
//
// SIGNALBOX names the program under test (target/release/signalbox unless told). A run without a single test is a failure.
import { readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
process.env.SIGNALBOX ??= resolve(here, '../target/release/signalbox')

const wanted = process.argv.slice(2)
const files = readdirSync(here)
  .filter(name => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some(part => name.includes(part))))
  .sort()
  .map(name => join(here, name))

let passed = 0
let failed = 0
// A skipped or postponed test is told apart by the reporter, and is no pass.
const counts = data => data.details?.type !== 'suite' && data.skip === undefined && data.todo === undefined
const isFile = data => files.some(file => data.name === file || file.endsWith(`/${data.name}`))

// One at a time: the tests measure and wait, and two browsers on two cores make each other late.
const tests = run({ files, concurrency: 1, timeout: 10 * 60 * 1000 })
tests.on('test:pass', data => { if (counts(data) && !isFile(data)) passed += 1 })
tests.on('test:fail', data => { if (counts(data)) failed += 1 })
tests.on('end', () => {
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
  // After the reporter has written its own last line.
  setImmediate(() => {
    if (passed + failed === 0) console.error(`no test ran${wanted.length ? ` (no file name has ${wanted.join(' or ')} in it)` : ''}`)
    console.log(`${passed} passed, ${failed} failed`)
  })
})
tests.compose(new spec()).pipe(process.stdout)
