// Each vendor: its description in `specs`, the settings with which it is asked, and the operations that must have been asked.
// `answers` gives what leads on to the next question, where the mock's own example leads nowhere. `headers` and `rewrite` change only what the
// mock itself cannot read.

export const vendors = [
  {
    kind: 'google_play',
    spec: 'google-androidpublisher.v3.discovery.json',
    settings: ({ url, token_url }) => `
[sources.play]
kind = "google_play"
credentials = { file = "secrets/google.json" }
base_url = "${url}"
token_url = "${token_url}"
[sources.play.apps.music]
package = "com.example.music"
`,
    answers: (method, url) => {
      if (method === 'GET' && url.endsWith('/production/releases'))
        return { releases: [{ releaseName: '9.1.24', releaseLifecycleState: 'RELEASE_LIFECYCLE_STATE_PUBLISHED', activeArtifacts: [{ versionCode: 4127 }] }] }
      if (method === 'POST' && url.endsWith('/edits')) return { id: 'e1' }
    },
    operations: [/^GET .*\/tracks\/production\/releases/, /^GET .*\/tracks\/beta\/releases|^GET .*\/edits\/e1\/tracks/, /^POST .*\/edits$/, /^DELETE .*\/edits\/e1/],
  },
  {
    kind: 'play_vitals',
    spec: 'google-playdeveloperreporting.v1beta1.discovery.json',
    settings: ({ url, token_url }) => `
[sources.vitals]
kind = "play_vitals"
credentials = { file = "secrets/google.json" }
base_url = "${url}"
token_url = "${token_url}"
[sources.vitals.apps.music]
package = "com.example.music"
`,
    answers: (method, url) => {
      if (method === 'GET') return { freshnessInfo: { freshnesses: [{ aggregationPeriod: 'DAILY', latestEndTime: { year: 2026, month: 3, day: 10, timeZone: { id: 'America/Los_Angeles' } } }] } }
      if (url.endsWith(':query')) return { rows: [] }
    },
    operations: [/^GET .*\/crashRateMetricSet/, /^GET .*\/anrRateMetricSet/, /^POST .*\/crashRateMetricSet:query/, /^POST .*\/anrRateMetricSet:query/],
  },
  {
    kind: 'crashlytics',
    spec: 'google-firebasecrashlytics.v1alpha.discovery.json',
    settings: ({ url, token_url }) => `
[sources.crashlytics]
kind = "crashlytics"
credentials = { file = "secrets/google.json" }
project = "lark"
base_url = "${url}"
token_url = "${token_url}"
[sources.crashlytics.apps.music.platforms.android]
app = "1:1234:android:abcd"
`,
    answers: () => ({}),
    operations: [/^GET .*\/reports\/topVersions\?.*errorTypes=FATAL/, /^GET .*\/reports\/topVersions\?.*errorTypes=ANR/],
  },
  {
    kind: 'sentry',
    spec: 'sentry.json',
    flags: ['--ignoreExamples'],
    settings: ({ url }) => `
[sources.sentry]
kind = "sentry"
base_url = "${url}"
organization = "lark"
token = { env = "TOKEN" }
[sources.sentry.apps.music.platforms.android]
project = "music-android"
release = "com.example.music@{version}+{build}"
`,
    answers: (method, url) => {
      if (url.includes('/projects/')) return [{ id: '1', slug: 'music-android' }]
      if (url.includes('/sessions/')) return { start: '2026-03-01T00:00:00Z', end: '2026-03-10T00:00:00Z', intervals: [], groups: [] }
    },
    operations: [/^GET .*\/projects\//, /^GET .*\/sessions\/\?.*statsPeriod=14d/, /^GET .*\/sessions\/\?.*statsPeriod=24h/],
  },
  {
    kind: 'jira',
    spec: 'jira.json',
    flags: ['--ignoreExamples'],
    settings: ({ url }) => `
[sources.jira]
kind = "jira"
base_url = "${url}"
email = "robot@example.test"
token = { env = "TOKEN" }
[sources.jira.apps.music]
project = "MUS"
blocking = "priority = Blocker"
versions = { android = "Android {version}" }
`,
    answers: (method, url) => {
      if (url.includes('/versions')) return [{ id: '1', name: 'Android 9.1.24' }]
      if (url.includes('/search/jql')) return { issues: [], isLast: true }
    },
    operations: [/^GET .*\/myself/, /^GET .*\/project\/MUS\/versions/, /^(GET|POST) .*\/search\/jql/],
  },
  {
    kind: 'app_store',
    spec: 'app-store-connect.json',
    flags: ['--ignoreExamples'],
    settings: ({ url }) => `
[sources.app-store]
kind = "app_store"
base_url = "${url}"
issuer = "57246542-96fe-1a63-e053-0824d011072a"
key_id = "2X9R4HXF34"
key = { env = "APPLE" }
[sources.app-store.apps.music]
bundle_id = "com.example.music"
`,
    answers: (method, url) => {
      if (url.startsWith('/v1/apps?')) return { data: [{ type: 'apps', id: '7', attributes: { bundleId: 'com.example.music' } }], links: {} }
      return { data: [], included: [], links: {} }
    },
    operations: [/^GET \/v1\/apps\?/, /^GET \/v1\/reviewSubmissions\?/, /^GET \/v1\/builds\?/, /^GET \/v1\/apps\/7\/appStoreVersions\?/],
  },
  {
    kind: 'github',
    spec: 'github.json',
    flags: ['--ignoreExamples'],
    // It is asked in GitHub's own media type, which the file does not list; and a ref has slashes, which the mock takes for a path.
    headers: { accept: 'application/json' },
    rewrite: url => url.replace(/(\/git\/matching-refs\/)([^?]*)/, (_, start, ref) => start + encodeURIComponent(ref)),
    settings: ({ url }) => `
[sources.github]
kind = "github"
base_url = "${url}"
graphql = false
token = { env = "TOKEN" }
[sources.github.apps.music]
repository = "lark/mobile"
[sources.github.apps.music.platforms.android]
branch = "release/android/{version}"
build_tag = "android/{version}+{build}"
`,
    answers: (method, url) => {
      const object = { sha: 'c0ffee0000000000000000000000000000000001', type: 'commit', url: 'https://example.test' }
      if (url.includes('/matching-refs/')) return ['main', 'release/android/9.1.24'].map(name => ({ ref: `refs/heads/${name}`, node_id: 'x', url: 'x', object }))
      if (url.includes('/check-runs')) return { total_count: 0, check_runs: [] }
      if (url.includes('/releases')) return []
      if (url === '/repos/lark/mobile') return { full_name: 'lark/mobile' }
    },
    operations: [/^GET \/rate_limit/, /^GET \/repos\/lark\/mobile$/, /^GET .*\/git\/matching-refs\/heads\//, /^GET .*\/releases/, /^GET .*\/check-runs/, /^GET .*\/compare\//],
  },
]
