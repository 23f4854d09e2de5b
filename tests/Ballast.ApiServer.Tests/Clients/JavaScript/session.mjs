// One session of the official JavaScript client: list, informer, watch, patches and apply. Prints what it has seen, a line each.
import assert from 'node:assert/strict';
import {
  AppsV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi, PatchStrategy, Watch, makeInformer, setHeaderOptions,
} from '@kubernetes/client-node';

const namespace = process.argv[2];
const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const path = `/api/v1/namespaces/${namespace}/configmaps`;

// Waits for what a callback brings, with a deadline.
function seen() {
  const events = [];
  return {
    push: (event) => events.push(event),
    async next(expected) {
      const end = Date.now() + 20_000;
      while (events.length === 0) {
        assert.ok(Date.now() < end, `${expected} did not come`);
        await new Promise((resume) => setTimeout(resume, 10));
      }
      assert.equal(events.shift(), expected);
      console.log(expected);
    },
  };
}

await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'before' }, data: { k: '1' } } });

const informer = makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
const informed = seen();
for (const verb of ['add', 'update', 'delete']) {
  informer.on(verb, (object) => informed.push(`informer ${verb} ${object.metadata.name}`));
}
informer.on('error', (failure) => informed.push(`informer failed: ${failure}`));
await informer.start();
await informed.next('informer add before');

const watched = seen();
const { metadata } = await core.listNamespacedConfigMap({ namespace });
const watch = await new Watch(config).watch(
  path,
  { resourceVersion: metadata.resourceVersion, allowWatchBookmarks: true },
  (type, object) => type === 'BOOKMARK' || watched.push(`watch ${type} ${object.metadata.name}`),
  () => {},
);

await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' }, data: { k: '1' } } });
await informed.next('informer add a');
await watched.next('watch ADDED a');

const merged = await core.patchNamespacedConfigMap(
  { namespace, name: 'a', body: { data: { k: '2' } } },
  setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
);
assert.equal(merged.data.k, '2');
await informed.next('informer update a');
await watched.next('watch MODIFIED a');

const applied = await core.patchNamespacedConfigMap(
  { namespace, name: 'a', fieldManager: 'script', force: true, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: '3' } } },
  setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
);
assert.equal(applied.data.k, '3');
assert.ok(applied.metadata.managedFields.some((entry) => entry.manager === 'script' && entry.operation === 'Apply'));
assert.ok(applied.metadata.creationTimestamp instanceof Date);
await informed.next('informer update a');
await watched.next('watch MODIFIED a');

await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
await informed.next('informer delete a');
await watched.next('watch DELETED a');

// Kinds that are found out by discovery.
const objects = KubernetesObjectApi.makeApiClient(config);
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } } },
};
const made = await objects.patch(deployment, undefined, undefined, 'script', true, PatchStrategy.ServerSideApply);
assert.equal(made.spec.replicas, 1);
const scale = await config.makeApiClient(AppsV1Api).readNamespacedDeploymentScale({ name: 'web', namespace });
assert.equal(scale.spec.replicas, 1);
console.log('applied web');

await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'a' }), (failure) => {
  assert.equal(failure.code, 404);
  assert.equal(JSON.parse(failure.body).message, 'configmaps "a" not found');
  return true;
});
console.log('not found a');

watch.abort();
await informer.stop();
