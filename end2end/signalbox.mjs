// Starts the program under test and things that it is tested against, and ends them with the test.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The program under test. */
export const program = process.env.SIGNALBOX ?? resolve(here, '../target/release/signalbox')

/** A port that nobody uses now. */
export function freePort() {
  return new Promise((done, fail) => {
    const server = net.createServer()
    server.on('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** A folder that is gone after the test. */
export function scratch(t) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a command and ends it with the test. What it says is in `.said`, shown when the test fails. */
export function start(t, command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  child.said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { child.said += data })
  child.ended = new Promise(done => child.on('exit', (code, signal) => done({ code, signal })))
  t.after(async () => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 4000)
    await child.ended
    clearTimeout(late)
    if (t.passed === false) console.error(child.said)
  })
  return child
}

/** Waits until `what` gives something, asking again and again; says what it waited for when it gives up. */
export async function until(what, { seconds = 30, every = 100, waitingFor = 'it' } = {}) {
  const end = Date.now() + seconds * 1000
  let last
  while (Date.now() < end) {
    try {
      const got = await what()
      if (got) return got
    } catch (error) { last = error }
    await new Promise(done => setTimeout(done, every))
  }
  throw new Error(`waited ${seconds} s for ${waitingFor}${last ? `: ${last.message}` : ''}`)
}

/** Starts `signalbox demo` and waits until its board is there. */
export async function demo(t, ...args) {
  return demoAt(t, `127.0.0.1:${await freePort()}`, ...args)
}

/** The same at an address. */
export async function demoAt(t, address, ...args) {
  const child = start(t, program, ['demo', '--listen', address, ...args])
  return ready(child, `http://${address}`)
}

/** Starts `signalbox serve` over a configuration's text. */
export async function serve(t, file, env) {
  const address = `127.0.0.1:${await freePort()}`
  const child = start(t, program, ['serve', '--config', file, '--listen', address], { env: { ...process.env, ...env } })
  return ready(child, `http://${address}`)
}

async function ready(child, address) {
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${child.said}`)
    const board = await (await fetch(`${address}/api/v1/board`)).json()
    return board.revision > 0
  }, { waitingFor: 'the first board' })
  return { address, child, board: async () => (await fetch(`${address}/api/v1/board`)).json() }
}

/** A track that still has several conditions ahead of it. */
export const waiting = board => inFlight(board).find(track => ['branched', 'candidate'].includes(track.stations[track.at].id))

/** All tracks in flight on a board. */
export const inFlight = board => board.apps.flatMap(app => app.lines).flatMap(line => line.current)
