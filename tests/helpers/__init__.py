"""What several tests share: real footage, tiny clips, a layer harness."""
