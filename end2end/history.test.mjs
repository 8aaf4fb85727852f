// One real release history, played by the conductor alone: a train goes from its branch to everybody, without a person at
// the console.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demo, inFlight, until } from './signalbox.mjs'

const data = join(dirname(fileURLToPath(import.meta.url)), '../crates/simulator/data')

test('a release goes from its branch to everybody, moved by the conductor alone', async t => {
  const { address, board } = await demo(t, '--history', join(data, 'pocket-casts-android.json'), '--speed', '7200', '--seed', '2')
  // Where each train was seen, in order. The first that was seen at its candidate, in rollout and live for everybody has made
  // the trip. (A hotfix may pass through its candidate between two looks, at this pace.)
  const seen = new Map()
  const done = await until(async () => {
    for (const track of inFlight(await board())) {
      const stage = track.stations[track.at].id
      const stages = seen.get(track.key) ?? []
      if (stages.at(-1) !== stage) seen.set(track.key, [...stages, stage])
    }
    return [...seen].find(([, stages]) => ['candidate', 'rollout'].every(it => stages.includes(it)) && stages.at(-1) === 'complete')
  }, { seconds: 420, every: 50, waitingFor: 'a train to be live for everybody' })
  const [key, stages] = done
  const line = ['branched', 'candidate', 'review', 'rollout', 'complete']
  assert.deepEqual(stages, line.filter(stage => stages.includes(stage)), 'it went forward only')
  // Every move was the conductor's, and its page says so.
  const track = await (await fetch(`${address}/api/v1/tracks/${key}`)).json()
  assert.equal(track.decision.stage, 'complete')
  // The last move is told once it has been seen at the store, which is a tick after the stage.
  for (const words of ['submitted for review', 'completed the rollout', 'as the final release candidate'])
    await until(async () => (await (await fetch(`${address}/apps/${key}`)).text()).includes(words), { seconds: 10, waitingFor: `the page to say: ${words}` })
})
