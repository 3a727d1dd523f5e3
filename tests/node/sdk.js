// Auth0's Node SDK (both generations) against the tenant in AUTH0_DOMAIN: node --test sdk.js
'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const current = require('auth0');
const legacy = require('auth0/legacy');

const domain = process.env.AUTH0_DOMAIN;
const clientId = process.env.AUTH0_CLIENT_ID;
const clientSecret = process.env.AUTH0_CLIENT_SECRET;
const connection = process.env.AUTH0_CONNECTION;
const unique = () => `${process.pid}-${Math.random().toString(36).slice(2)}@example.org`;
const PASSWORD = 'Correct-horse-7-é';

const finished = async (get) => { // a job at its end
  for (let i = 0; i < 600; i++) {
    const job = await get();
    if (job.status !== 'pending') return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the job does not end');
};
const body = (answer) => answer.data ?? answer;

test('ManagementClient (present generation)', async (t) => {
  const api = new current.ManagementClient({ domain, clientId, clientSecret });
  const email = unique();
  let id;
  await t.test('creates a user with a chosen id', async () => {
    const user = await api.users.create({ connection, email: email.toUpperCase(), password: PASSWORD, given_name: 'Zoë',
      email_verified: true, verify_email: false, user_id: `sdk${email.split('@')[0]}`, user_metadata: { a: { b: 1 } } });
    assert.equal(user.email, email); // stored in lower case
    assert.equal(user.user_id, `auth0|sdk${email.split('@')[0]}`);
    assert.equal(user.given_name, 'Zoë');
    assert.equal(user.email_verified, true);
    assert.equal(user.identities[0].connection, connection);
    assert.ok(!('password' in user));
    id = user.user_id;
  });
  await t.test('reads it by id and by e-mail', async () => {
    assert.equal((await api.users.get(id)).email, email);
    const some = await api.users.get(id, { fields: 'email', include_fields: true });
    assert.deepEqual(Object.keys(some), ['email']);
    assert.deepEqual((await api.users.listUsersByEmail({ email })).map((u) => u.user_id), [id]);
    assert.deepEqual(await api.users.listUsersByEmail({ email: unique() }), []);
  });
  await t.test('searches', async () => {
    const page = await api.users.list({ q: `email:"${email}"`, search_engine: 'v3', per_page: 5, include_totals: true });
    assert.deepEqual(page.data.map((u) => u.user_id), [id]);
  });
  await t.test('updates, merging metadata one level deep', async () => {
    const user = await api.users.update(id, { nickname: 'zo', user_metadata: { c: 2 } });
    assert.equal(user.nickname, 'zo');
    assert.deepEqual(user.user_metadata, { a: { b: 1 }, c: 2 });
    assert.equal((await api.users.update(id, { blocked: true })).blocked, true);
    assert.equal((await api.users.update(id, { blocked: false })).blocked, false);
  });
  await t.test('gets Auth0\'s errors', async () => {
    await assert.rejects(api.users.create({ connection, email, password: PASSWORD }), (error) => {
      assert.equal(error.statusCode, 409);
      assert.equal(error.body.message, 'The user already exists.');
      return true;
    });
    await assert.rejects(api.users.get('auth0|nobody'), (error) => error.statusCode === 404);
    await assert.rejects(api.users.create({ connection, email: 'no address', password: PASSWORD }),
      (error) => error.statusCode === 400);
    await assert.rejects(api.users.create({ connection: 'no-such', email: unique(), password: PASSWORD }),
      (error) => error.statusCode === 400);
    const stranger = new current.ManagementClient({ domain, token: 'not.a.token' });
    await assert.rejects(stranger.users.get(id), (error) => error.statusCode === 401);
  });
  await t.test('makes tickets', async () => {
    const reset = await api.tickets.changePassword({ user_id: id, ttl_sec: 60, result_url: 'https://app.example/' });
    assert.equal(new URL(reset.ticket).host, domain);
    const verify = await api.tickets.verifyEmail({ user_id: id });
    assert.equal(new URL(verify.ticket).host, domain);
    await assert.rejects(api.tickets.changePassword({ user_id: 'auth0|nobody' }), (error) => error.statusCode === 404);
  });
  await t.test('lists connections', async () => {
    const named = await api.connections.list({ name: connection });
    assert.equal(named.data.length, 1);
    assert.equal(named.data[0].strategy, 'auth0');
    assert.equal((await api.connections.get(named.data[0].id)).name, connection);
  });
  await t.test('knows no blocks of an innocent user', async () => {
    assert.deepEqual((await api.userBlocks.list(id)).blocked_for, []);
    await api.userBlocks.delete(id);
  });
  await t.test('imports users by a job', async () => {
    const { id: connectionId } = (await api.connections.list({ name: connection })).data[0];
    const twin = unique();
    const users = JSON.stringify([{ email: twin, user_id: `job${twin.split('@')[0]}`, given_name: 'Zoë' }, { email }]);
    const made = await api.jobs.usersImports.create({ users: new File([users], 'users.json'), connection_id: connectionId,
      upsert: false, external_id: twin, send_completion_email: false });
    assert.equal(made.external_id, twin);
    const job = await finished(() => api.jobs.get(made.id));
    assert.deepEqual(job.summary, { total: 2, inserted: 1, updated: 0, failed: 1 });
    const failed = await api.jobs.errors.get(made.id);
    assert.equal(failed[0].user.email, email);
    assert.equal(failed[0].errors[0].code, 'DUPLICATED_USER');
    await api.users.delete(`auth0|job${twin.split('@')[0]}`);
  });
  await t.test('deletes it, twice', async () => {
    await api.users.delete(id);
    await api.users.delete(id);
    await assert.rejects(api.users.get(id), (error) => error.statusCode === 404);
  });
});

test('ManagementClient and AuthenticationClient (legacy generation)', async (t) => {
  const api = new legacy.ManagementClient({ domain, clientId, clientSecret });
  const auth = new legacy.AuthenticationClient({ domain, clientId, clientSecret });
  const email = unique();
  const user = body(await api.users.create({ connection, email, password: PASSWORD, verify_email: false }));
  await t.test('creates, reads, searches, updates', async () => {
    assert.equal(body(await api.users.get({ id: user.user_id })).email, email);
    assert.equal(body(await api.usersByEmail.getByEmail({ email })).length, 1);
    const found = body(await api.users.getAll({ q: `user_id:"${user.user_id}"`, include_totals: true }));
    assert.equal(found.total, 1);
    assert.equal(found.users[0].email, email);
    assert.equal(body(await api.users.update({ id: user.user_id }, { name: 'A B' })).name, 'A B');
    assert.ok(body(await api.connections.getAll({ strategy: ['auth0'] })).some((c) => c.name === connection));
  });
  await t.test('imports users by a job', async () => {
    const { id: connectionId } = body(await api.connections.getAll({ name: connection }))[0];
    const made = body(await api.jobs.importUsers({ users: new Blob([JSON.stringify([{ email, given_name: 'Zoë' }])]),
      connection_id: connectionId, upsert: 'true', send_completion_email: 'false' }));
    const job = await finished(async () => body(await api.jobs.get({ id: made.id })));
    assert.deepEqual([job.status, job.summary.updated], ['completed', 1]);
    assert.equal(body(await api.users.get({ id: user.user_id })).given_name, 'Zoë');
    assert.equal((await api.jobs.getErrors({ id: made.id })).status, 204);
  });
  const login = (password, more) => auth.oauth.passwordGrant(
    { username: email, password, realm: connection, scope: 'openid profile email', ...more });
  await t.test('logs in, and verifies the id token itself', async () => {
    const { data } = await login(PASSWORD); // the SDK checks signature, issuer, audience and times of the id token
    assert.equal(data.token_type, 'Bearer');
    assert.ok(data.expires_in > 0);
    const claims = JSON.parse(Buffer.from(data.id_token.split('.')[1], 'base64url'));
    assert.equal(claims.sub, user.user_id);
    assert.equal(claims.email, email);
    const info = await new legacy.UserInfoClient({ domain }).getUserInfo(data.access_token);
    assert.equal(info.data.sub, user.user_id);
  });
  await t.test('is refused with the wrong password', async () => {
    await assert.rejects(login('wrong'), (error) => {
      assert.equal(error.statusCode, 403);
      assert.equal(error.error, 'invalid_grant');
      return true;
    });
  });
  await t.test('is refused with the wrong secret', async () => {
    const impostor = new legacy.AuthenticationClient({ domain, clientId, clientSecret: 'wrong' });
    await assert.rejects(impostor.oauth.passwordGrant({ username: email, password: PASSWORD, realm: connection }),
      (error) => error.statusCode === 401);
  });
  await t.test('changes the password', async () => {
    await api.users.update({ id: user.user_id }, { password: 'Another-horse-8', connection });
    await assert.rejects(login(PASSWORD), (error) => error.statusCode === 403);
    await login('Another-horse-8');
  });
  await t.test('sends a mail, and sets the password on the page behind its link', async () => {
    const said = body(await auth.database.changePassword({ email, connection }));
    assert.match(said, /sent you an email/);
    const outbox = await (await fetch(`https://${domain}/sandbox/outbox.json?to=${encodeURIComponent(email)}`)).json();
    const link = new URL(outbox.mails[0].link);
    assert.equal((await fetch(link)).status, 200);
    const form = { ticket: link.searchParams.get('ticket'), newPassword: 'Third-horse-9', confirmNewPassword: 'Third-horse-9' };
    assert.equal((await fetch(link.origin + link.pathname, { method: 'POST', body: new URLSearchParams(form) })).status, 200);
    await login('Third-horse-9');
  });
  await t.test('gets a management token by client credentials', async () => {
    const { data } = await auth.oauth.clientCredentialsGrant({ audience: `https://${domain}/api/v2/` });
    assert.match(data.scope, /\bcreate:users\b/);
    const byToken = new legacy.ManagementClient({ domain, token: data.access_token });
    assert.equal(body(await byToken.users.get({ id: user.user_id })).user_id, user.user_id);
    await byToken.users.delete({ id: user.user_id });
    await assert.rejects(byToken.users.get({ id: user.user_id }), (error) => error.statusCode === 404);
  });
});
