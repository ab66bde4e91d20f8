import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-ROULXPTU.js";import"./chunk-BUKEVH7M.js";import"./chunk-FSREH5CT.js";import"./chunk-A4FOWDJL.js";import"./chunk-JVUXE3UE.js";import"./chunk-IVUQGHAX.js";import"./chunk-B2C7LK45.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
