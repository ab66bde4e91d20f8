import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-UOCY566R.js";import"./chunk-ZCZ7OGCB.js";import"./chunk-WRP3IWAF.js";import"./chunk-DBHEFDCW.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
