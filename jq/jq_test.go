package jq
