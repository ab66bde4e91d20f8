import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{asciiJson,findDuplicateKey,isHeavyForDigest,strictJson,strictJsonText,strictText}from"./chunk-D6XMMFSY.js";import"./chunk-J5WJ27JI.js";import"./chunk-P3L3OJW5.js";export{asciiJson,findDuplicateKey,isHeavyForDigest,strictJson,strictJsonText,strictText};
