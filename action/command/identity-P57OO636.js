import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-WHKNPVY4.js";import"./chunk-VVWOPITH.js";import"./chunk-JNYRUBWW.js";import"./chunk-HI7CAMIR.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
