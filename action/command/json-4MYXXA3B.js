import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{asciiJson,findDuplicateKey,isHeavyForDigest,strictJson,strictJsonText,strictText}from"./chunk-7XBOO2K2.js";import"./chunk-BY3EXSSP.js";import"./chunk-P3L3OJW5.js";export{asciiJson,findDuplicateKey,isHeavyForDigest,strictJson,strictJsonText,strictText};
