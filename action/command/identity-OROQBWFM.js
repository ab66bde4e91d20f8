import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{callerAccount,callerIdentity,isUnknownToken,refusalOf}from"./chunk-5Z3J3UNU.js";import"./chunk-4O3NLI5K.js";import"./chunk-6HEJVXG7.js";import"./chunk-CVV7LFEB.js";import"./chunk-P3L3OJW5.js";export{callerAccount,callerIdentity,isUnknownToken,refusalOf};
