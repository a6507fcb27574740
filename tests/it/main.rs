mod render;
mod web;
