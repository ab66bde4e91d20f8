import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-QISS6P22.js";import"./chunk-JIJC3BXS.js";import"./chunk-5NDJTTVY.js";import"./chunk-ZBHGKG6Y.js";import"./chunk-CS5IXRHE.js";import"./chunk-Z2BWPJVN.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
