import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf}from"./chunk-D6XMMFSY.js";import"./chunk-J5WJ27JI.js";import"./chunk-P3L3OJW5.js";export{TrailVerifyError,errorCode,interrupted,isObjectError,malformed,messageOf};
