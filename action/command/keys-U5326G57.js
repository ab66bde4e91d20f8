import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-AVCKALEX.js";import"./chunk-TDKGJ4HO.js";import"./chunk-6TLTWSUL.js";import"./chunk-WF4U4VYW.js";import"./chunk-W7HU5FV4.js";import"./chunk-EXGOZLKF.js";import"./chunk-Y6MB7R5V.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
