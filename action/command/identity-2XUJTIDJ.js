import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-5M625TRD.js";import"./chunk-3G47EK5G.js";import"./chunk-JIKYCRSY.js";import"./chunk-FC5XITJV.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
