import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-R5YPFAPH.js";import"./chunk-P3XM23DJ.js";import"./chunk-7YIO5N3A.js";import"./chunk-NRKQQOPW.js";import"./chunk-55FY2HZR.js";import"./chunk-AARGX7QM.js";import"./chunk-72YEGCCX.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
