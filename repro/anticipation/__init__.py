"""What papers 1 and 2 share: CAM-gated frame features, the multi-stage LSTM, the losses for anticipation."""
