// Auth0's Node SDK of the present generation, over what a migration only reads or seldom changes: node --test resources.js
'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ManagementClient } = require('auth0');

const domain = process.env.AUTH0_DOMAIN;
const clientId = process.env.AUTH0_CLIENT_ID;
const connection = process.env.AUTH0_CONNECTION;
const api = new ManagementClient({ domain, clientId, clientSecret: process.env.AUTH0_CLIENT_SECRET });
const unique = () => `${process.pid}-${Math.random().toString(36).slice(2)}@example.org`;
const make = () => api.users.create({ connection, email: unique(), password: 'Correct-horse-7-é', verify_email: false });
const all = async (page) => { const list = []; for await (const one of await page) list.push(one); return list; };

test('second factors', async () => {
  const { user_id: id } = await make();
  const methods = api.users.authenticationMethods;
  const made = await methods.create(id, { type: 'email', name: 'e', email: 'a@example.com' });
  assert.deepEqual((await all(methods.list(id))).map((m) => m.id), [made.id]);
  assert.equal((await methods.get(id, made.id)).confirmed, true);
  assert.equal((await methods.update(id, made.id, { name: 'f' })).name, 'f');
  await methods.delete(id, made.id);
  await methods.set(id, [{ type: 'totp', name: 't', totp_secret: 'GEZDGNBV' }]);
  await methods.deleteAll(id);
  assert.deepEqual(await all(methods.list(id)), []);
  assert.deepEqual(await api.users.enrollments.get(id), []);
});

test('identities and logs', async () => {
  const [{ user_id: first }, { user_id: second }] = [await make(), await make()];
  assert.equal((await api.users.identities.link(first, { provider: 'auth0', user_id: second })).length, 2);
  assert.equal((await api.users.identities.delete(first, 'auth0', second.split('|')[1])).length, 1);
  assert.deepEqual([...new Set((await all(api.users.logs.list(first))).map((e) => e.type))], ['ss']);
  const [entry] = (await api.logs.list({ search: 'type:ss', q: 'type:ss' })).data;
  assert.equal((await api.logs.get(entry.log_id)).log_id, entry.log_id);
});

test('connections', async () => {
  const made = await api.connections.create({ name: `c-${unique().replace(/[^a-z0-9]/g, '')}`, strategy: 'auth0' });
  assert.equal((await api.connections.get(made.id)).is_domain_connection, false);
  await api.connections.clients.update(made.id, [{ client_id: clientId, status: true }]);
  assert.deepEqual((await all(api.connections.clients.get(made.id))).map((c) => c.client_id), [clientId]);
  await api.connections.delete(made.id);
  await assert.rejects(api.connections.get(made.id), (error) => error.statusCode === 404);
});

test('what a check reads', async () => {
  assert.equal((await api.clients.get(clientId)).is_token_endpoint_ip_header_trusted, true);
  assert.ok((await all(api.clients.list())).some((c) => c.client_id === clientId));
  assert.ok((await all(api.clientGrants.list({ client_id: clientId })))[0].scope.includes('read:users'));
  assert.equal((await api.tenants.settings.get()).flags.enable_sso, true);
  assert.equal((await api.attackProtection.suspiciousIpThrottling.get()).stage['pre-login'].rate, 864000);
  assert.equal((await api.attackProtection.bruteForceProtection.update({ max_attempts: 7 })).max_attempts, 7);
  assert.equal((await api.attackProtection.breachedPasswordDetection.get()).method, 'standard');
});
