// One real release history, played from its branch to 100 % by the conductor, without a person at the console.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demo, inFlight, until, waiting } from './signalbox.mjs'

const data = join(dirname(fileURLToPath(import.meta.url)), '../crates/simulator/data')

test('a release goes from its branch to everybody, moved by the conductor alone', async t => {
  const { address, board } = await demo(t, '--history', join(data, 'pocket-casts-android.json'), '--speed', '7200', '--seed', '2')
  const first = waiting(await until(async () => {
    const shown = await board()
    return waiting(shown) && shown
  }, { seconds: 60, waitingFor: 'a release in flight' }))
  const seen = new Set()
  const done = await until(async () => {
    const shown = await board()
    const track = inFlight(shown).find(it => it.key === first.key)
    if (track) seen.add(track.stations[track.at].id)
    return track?.stations[track.at].id === 'complete' && track
  }, { seconds: 420, every: 50, waitingFor: `${first.key} to be live for everybody` })
  assert.deepEqual([...seen].filter(stage => stage !== 'rollout'), ['branched', 'candidate', 'review', 'complete'].filter(stage => seen.has(stage)))
  assert.ok(seen.has('candidate') && seen.has('rollout'), `it stopped at its stations: ${[...seen]}`)
  assert.equal(done.standing, 'running')
  // Every move was the conductor's, with its reasons, and the journal says so.
  const track = await (await fetch(`${address}/api/v1/tracks/${first.key}`)).json()
  assert.equal(track.decision.stage, 'complete')
  const page = await (await fetch(`${address}/apps/${first.key}`)).text()
  for (const words of ['submitted for review', 'completed the rollout', 'as the final release candidate']) assert.ok(page.includes(words), words)
})
