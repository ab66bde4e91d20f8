import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-WZJHMQ5O.js";import"./chunk-M6OELTHY.js";import"./chunk-5DS56CDW.js";import"./chunk-HCHUSPNR.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
