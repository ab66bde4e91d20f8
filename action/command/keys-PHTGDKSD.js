import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-PZBRVVD2.js";import"./chunk-X2YUMIIE.js";import"./chunk-2YM3UVOW.js";import"./chunk-VOF57H2T.js";import"./chunk-JJVO23I6.js";import"./chunk-KCBNE5ZM.js";import"./chunk-PBJGGG3S.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
