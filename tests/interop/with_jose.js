// Reads and writes licenses with jose.
//
//     with_jose.js read TOKEN JWKS CLAIMS         exit status 0: genuine, with these claims; 1: forged
//     with_jose.js write KEY JWKS CLAIMS [ALG]    prints a license of these claims, signed by the key

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { SignJWT, createLocalJWKSet, errors, importPKCS8, jwtVerify } from "jose";

const [verb, what, jwksFile, claimsFile, alg = "EdDSA"] = process.argv.slice(2);
const text = readFileSync(what, "utf8").trim();
const jwks = JSON.parse(readFileSync(jwksFile, "utf8"));
const claims = JSON.parse(readFileSync(claimsFile, "utf8"));

async function read() {
  const expected = { algorithms: ["EdDSA"], audience: "editor", issuer: "acme", typ: "license+jwt" };
  try {
    const { payload, protectedHeader } = await jwtVerify(text, createLocalJWKSet(jwks), expected);
    assert.deepEqual(Object.keys(protectedHeader).sort(), ["alg", "kid", "typ"]);
    assert.deepEqual(payload, claims);
    return 0;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return 1;
    throw error;
  }
}

async function write() {
  const key = await importPKCS8(text, alg);
  const header = { alg, kid: jwks.keys[0].kid, typ: "license+jwt" };
  console.log(await new SignJWT(claims).setProtectedHeader(header).sign(key));
  return 0;
}

// Node gives 1 for an exception of its own, which here means forged.
try {
  process.exitCode = await { read, write }[verb]();
} catch (error) {
  console.error(error);
  process.exitCode = 3;
}
