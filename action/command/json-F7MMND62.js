import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{asciiJson,findDuplicateKey,isHeavyForDigest,strictJson,strictJsonText,strictText}from"./chunk-Q4QDZVK2.js";import"./chunk-KMI7AFC5.js";import"./chunk-P3L3OJW5.js";export{asciiJson,findDuplicateKey,isHeavyForDigest,strictJson,strictJsonText,strictText};
