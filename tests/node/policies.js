// Auth0's own password policies as a filter: a line {"policy": <options>, "password": "..."} in, a line true or
// false out.
'use strict';
const readline = require('node:readline');
const policies = require('auth0-password-policies');
const { PasswordPolicy } = require('password-sheriff');

function rulesOf(options) {
  if (options.password_options) return policies.createRulesFromOptions(options.password_options.complexity || {});
  const rules = { ...policies[options.passwordPolicy || 'none'] };
  const { min_length: minLength } = options.password_complexity_options || {};
  if (minLength) rules.length = { minLength };
  return rules;
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { policy, password } = JSON.parse(line);
  const rules = rulesOf(policy);
  process.stdout.write(`${new PasswordPolicy(rules).check(password)}\n`);
});
