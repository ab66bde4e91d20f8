import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-7SS57FIE.js";import"./chunk-GJOQUFJR.js";import"./chunk-6QZWMTPO.js";import"./chunk-JGPZPMH6.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
