import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-W6YK5VDF.js";import"./chunk-7MVGPXPQ.js";import"./chunk-ST4HAQP7.js";import"./chunk-M5C3NEHJ.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
