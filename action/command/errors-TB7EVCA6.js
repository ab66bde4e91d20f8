import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf}from"./chunk-6HEJVXG7.js";import"./chunk-CVV7LFEB.js";import"./chunk-P3L3OJW5.js";export{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf};
