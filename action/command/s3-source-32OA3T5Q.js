import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-WH2KRLEA.js";import"./chunk-D6XMMFSY.js";import"./chunk-J5WJ27JI.js";import"./chunk-P3L3OJW5.js";export{openS3};
