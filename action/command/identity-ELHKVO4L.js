import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-IBIZMLRD.js";import"./chunk-JJOM5XHV.js";import"./chunk-UOGMIC7W.js";import"./chunk-P4VJPDHN.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
