// Judges what Signalbox asks by the vendors' own descriptions: a validating mock (prism) stands for each vendor, and
// `signalbox check` and `signalbox serve` talk to it through a proxy that writes down what was asked and what was said of it.
//
//   node end2end/contract/run.mjs [kind of source…]
//
// A request that the description does not know, or that breaks it, is a failure; so is an operation that should have been
// asked for and was not. SIGNALBOX names the program under test. Ends in "N passed, N failed": operations, and faults found.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vendors } from './vendors.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const program = process.env.SIGNALBOX ?? resolve(here, '../../target/release/signalbox')
const prism = join(here, 'node_modules/@stoplight/prism-cli/dist/index.js')
const folder = mkdtempSync(join(tmpdir(), 'signalbox-contract-'))
const ending = []
process.on('exit', () => { for (const end of ending) end(); rmSync(folder, { recursive: true, force: true }) })

const freePort = () => new Promise(done => {
  const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => done(port)) })
})
const sleep = ms => new Promise(done => setTimeout(done, ms))

/** A Google discovery document as a description that prism serves: paths as they are asked, and JSON in and out. */
function swagger(document) {
  const { convert } = createRequire(import.meta.url)('google-discovery-to-swagger')
  const walk = node => {
    for (const method of Object.values(node.methods ?? {})) {
      if (!method.flatPath || !method.path.includes('{+')) continue
      for (const [, name] of method.path.matchAll(/\{\+(\w+)\}/g)) delete method.parameters[name]
      method.path = method.flatPath
      method.parameterOrder = []
      for (const [, name] of method.path.matchAll(/\{(\w+)\}/g)) method.parameters[name] ??= { type: 'string', location: 'path', required: true }
    }
    for (const below of Object.values(node.resources ?? {})) walk(below)
  }
  walk(document)
  const out = convert(document)
  out.consumes = out.produces = ['application/json']
  return out
}

/**
 * A description without what the mock stumbles over: it never finds parameters with brackets in their names, and demands headers
 * that the standard says are not parameters. What it finds is judged all the same.
 */
function repaired(document) {
  const named = ref => ref.slice(2).split('/').reduce((at, part) => at?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document)
  const walk = node => {
    if (!node || typeof node !== 'object') return
    if (Array.isArray(node)) return node.forEach(walk)
    if (Array.isArray(node.parameters)) {
      node.parameters = node.parameters.filter(it => {
        const { in: place, name } = it.$ref ? named(it.$ref) : it
        return place !== 'header' || !/^(accept|content-type|authorization)$/i.test(name)
      })
    }
    if (node.in === 'query' && node.name?.includes('[')) node.required = false
    Object.values(node).forEach(walk)
  }
  walk(document)
  return document
}

/** Starts the vendor's mock and the proxy before it. What was asked is in `.asked`. */
async function vendor(it) {
  const document = JSON.parse(readFileSync(join(here, 'specs', it.spec), 'utf8'))
  const file = join(folder, it.spec)
  writeFileSync(file, JSON.stringify(document.discoveryVersion ? swagger(document) : repaired(document)))
  const port = await freePort()
  const child = spawn(process.execPath, [prism, 'mock', '-h', '127.0.0.1', '-p', String(port), ...(it.flags ?? []), file], { stdio: ['ignore', 'pipe', 'pipe'] })
  ending.push(() => child.kill())
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { said += data })
  for (let n = 0; !said.includes('Prism is listening'); n += 1) {
    if (child.exitCode !== null || n > 600) throw new Error(`${it.kind}: prism did not start\n${said}`)
    await sleep(100)
  }
  const asked = []
  const proxy = http.createServer((request, response) => {
    let body = ''
    request.on('data', data => { body += data })
    request.on('end', async () => {
      if (request.method === 'POST' && request.url === '/token') {
        response.setHeader('content-type', 'application/json')
        return response.end('{"access_token":"a-token-for-the-mock","expires_in":3600}')
      }
      const made = it.answers?.(request.method, request.url)
      const headers = { ...request.headers, host: `127.0.0.1:${port}`, ...it.headers }
      const path = it.rewrite?.(request.url) ?? request.url
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: request.method, headers, body: body || undefined }).catch(error => error)
      if (answer instanceof Error) return response.writeHead(502).end()
      const text = await answer.text()
      asked.push({ line: `${request.method} ${request.url}`, status: answer.status, wrong: answer.status < 400 ? '' : text.slice(0, 600), body })
      // The mock judges; an answer of our own only leads on to the next question.
      response.writeHead(answer.ok && made ? 200 : answer.status, { 'content-type': 'application/json' })
      response.end(answer.ok && made ? JSON.stringify(made) : text)
    })
  })
  await new Promise(done => proxy.listen(0, '127.0.0.1', done))
  ending.push(() => proxy.close())
  return { ...it, asked, url: `http://127.0.0.1:${proxy.address().port}` }
}

const key = name => readFileSync(resolve(here, '../../crates/simulator/keys', name), 'utf8')
const began = Date.now()
const wanted = process.argv.slice(2)
const all = await Promise.all(vendors.filter(it => wanted.length === 0 || wanted.includes(it.kind)).map(vendor))
assert(all.length > 0, `there is no such kind here; there are ${vendors.map(it => it.kind).join(', ')}`)
mkdirSync(join(folder, 'secrets'))
let text = `[server]\ndata = "data"\n[apps.music]\nname = "Music"\nowner = "Ada"\n${['android', 'ios'].map(on => `[apps.music.platforms.${on}]\nprocess = "default"\nstore = "${on === 'ios' ? 'app_store' : 'google_play'}"\n`).join('')}`
for (const it of all) {
  writeFileSync(join(folder, 'secrets', 'google.json'), JSON.stringify({ client_email: 'robot@example.test', private_key: key('demonstration-google.pem'), token_uri: `${it.url}/token` }))
  text += it.settings({ url: it.url, token_url: `${it.url}/token` })
}
const configuration = join(folder, 'signalbox.toml')
writeFileSync(configuration, text)
const env = { ...process.env, TOKEN: 'a-token-for-the-mock', APPLE: key('demonstration-app-store-connect.p8') }

const check = await new Promise(done => {
  const child = spawn(program, ['check', '--config', configuration], { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { said += data })
  child.on('exit', () => done(said))
})
const serving = spawn(program, ['serve', '--config', configuration, '--listen', `127.0.0.1:${await freePort()}`], { env, stdio: 'ignore' })
ending.push(() => serving.kill())
await sleep(6000)
serving.kill()

let [passed, failed] = [0, 0]
for (const it of all) {
  const wrong = it.asked.filter(call => call.status >= 400)
  const missing = it.operations.filter(pattern => !it.asked.some(call => pattern.test(call.line)))
  console.log(`${wrong.length || missing.length ? 'FAILED' : 'ok    '} ${it.kind}: ${it.asked.length} requests, ${it.operations.length - missing.length} of ${it.operations.length} operations`)
  for (const call of wrong) console.log(`  refused by the description: ${call.line} ${call.body.slice(0, 200)}\n    ${call.status} ${call.wrong}`)
  for (const pattern of missing) console.log(`  never asked: ${pattern}`)
  failed += wrong.length + missing.length
  passed += it.operations.length - missing.length
}
if (failed) console.log(check)
console.log(`in ${Math.round((Date.now() - began) / 1000)} s`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
