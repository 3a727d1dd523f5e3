// Does a password verify against a `custom_password_hash`? Answered by implementations that are not ours: Node's
// crypto, @node-rs/argon2, bcryptjs. Written from Auth0's import schema, not from our converter.
//
//   node conversions.js  <  lines {"hash": {...}, "password": "..."}   ->   lines {"match": true|false}
'use strict';
const crypto = require('node:crypto');
const readline = require('node:readline');
const argon2 = require('@node-rs/argon2');
const bcrypt = require('bcryptjs');

const PHC = /^\$pbkdf2-(sha1|sha256)\$i=([1-9]\d*),l=([1-9]\d*)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function same(got, want) {
  return got.length === want.length && crypto.timingSafeEqual(got, want);
}
function only(object, ...members) { // what the schema does not know, it refuses
  for (const member of Object.keys(object)) {
    if (!members.includes(member)) throw new Error(`unexpected ${member}`);
  }
}

const verifiers = {
  pbkdf2(object, password) {
    only(object, 'algorithm', 'hash');
    const [, digest, iterations, length, salt, hash] = PHC.exec(object.hash.value);
    const got = crypto.pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), Number(length), digest);
    return same(got, Buffer.from(hash, 'base64'));
  },
  argon2(object, password) {
    only(object, 'algorithm', 'hash');
    return argon2.verifySync(object.hash.value, password);
  },
  bcrypt(object, password) {
    only(object, 'algorithm', 'hash');
    return bcrypt.compareSync(password, object.hash.value);
  },
  scrypt(object, password) {
    only(object, 'algorithm', 'hash', 'salt', 'keylen', 'cost', 'blockSize', 'parallelization');
    const got = crypto.scryptSync(password, Buffer.from(object.salt.value, object.salt.encoding), object.keylen,
      { cost: object.cost, blockSize: object.blockSize, parallelization: object.parallelization });
    return same(got, Buffer.from(object.hash.value, object.hash.encoding));
  },
  plain(object, password) {
    only(object, 'algorithm', 'hash', 'salt');
    const hash = crypto.createHash(object.algorithm);
    if (object.salt) {
      if (object.salt.position !== 'prefix') throw new Error('position');
      hash.update(Buffer.from(object.salt.value, object.salt.encoding));
    }
    return same(hash.update(password).digest(), Buffer.from(object.hash.value, object.hash.encoding));
  },
};
verifiers.md5 = verifiers.sha1 = verifiers.plain;

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { hash, password } = JSON.parse(line);
    process.stdout.write(JSON.stringify({ match: verifiers[hash.algorithm](hash, password) }) + '\n');
  }
})();
