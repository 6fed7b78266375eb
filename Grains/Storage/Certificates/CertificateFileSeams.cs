namespace AllData.Storage.Certificates;

/// <summary>Where a write of the certificate log may be interrupted.</summary>
internal enum CertificateFileStep
{
    /// <summary>Entries were written and not yet flushed.</summary>
    EntriesWritten,

    /// <summary>Entries are durable; the head does not cover them yet.</summary>
    EntriesFlushed,

    /// <summary>The head covers the entries, durably.</summary>
    HeadWritten,

    /// <summary>What is about to be signed is not durable yet.</summary>
    BeforeMemory,

    /// <summary>What is about to be signed is durable; no signature has left.</summary>
    MemoryWritten,
}

/// <summary>What tests reach into: the steps of a write, at which a crash may come.</summary>
/// <param name="OnStep">Called when a step is reached; what it throws ends the write there. Null: nothing is called.</param>
internal sealed record CertificateFileSeams(Action<CertificateFileStep>? OnStep = null)
{
    /// <summary>Nothing is reached into.</summary>
    public static CertificateFileSeams None { get; } = new();

    /// <summary>A step is reached.</summary>
    public void Reached(CertificateFileStep step) => OnStep?.Invoke(step);
}
