"""Motor controllers: one folder for each, all made by the recipe in docs/add-a-motor-controller.md."""
