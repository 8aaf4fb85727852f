// Starts npm's `emulate`: servers that speak GitHub's and Slack's dialects, and that nobody here wrote.
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, start } from './signalbox.mjs'

/** Starts these services with a seed (YAML) and ends them with the test; their addresses come in the same order. */
export async function emulate(t, folder, services, yaml) {
  const port = await freeRun(services.length)
  const seed = join(folder, 'seed.yaml')
  writeFileSync(seed, yaml)
  // It listens on every address unless it is told otherwise.
  const loopback = join(folder, 'loopback.cjs')
  writeFileSync(loopback, `const net = require('node:net')
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (args[0] && typeof args[0] === 'object') { if (args[0].port !== undefined && !args[0].path) args[0] = { ...args[0], host: '127.0.0.1' } }
  else if (args[0] !== undefined && !isNaN(args[0]) && typeof args[1] !== 'string') args.splice(1, 0, '127.0.0.1')
  return listen.apply(this, args)
}
`)
  const program = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/emulate/dist/index.js')
  start(t, process.execPath, ['--require', loopback, program, 'start', '-p', String(port), '-s', services.join(','), '--seed', seed])
  return { addresses: services.map((_, n) => `http://127.0.0.1:${port + n}`) }
}

/** The first of so many ports in a row that nobody uses now. */
async function freeRun(many) {
  const isFree = port => new Promise(done => {
    const server = net.createServer()
    server.on('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await freePort()
    const all = await Promise.all(Array.from({ length: many - 1 }, (_, n) => isFree(first + n + 1)))
    if (all.every(Boolean)) return first
  }
  throw new Error(`no ${many} ports in a row are free`)
}
