using AllData.Configuration;
using Microsoft.Extensions.Options;

namespace AllData.Encryption;

/// <summary>Refuses keys that cannot be used, and a peer that could not keep what is encrypted.</summary>
internal sealed class EncryptionOptionsValidator : IValidateOptions<AllDataOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AllDataOptions options)
    {
        try
        {
            var keys = PayloadKeyFiles.Read(options.Encryption);
            return keys.Newest is not null && options.Replication.UsePutOnlyPeers
                ? ValidateOptionsResult.Fail(
                    $"{EncryptionOptions.Section}:{nameof(options.Encryption.KeyFile)} and AllData:Replication:UsePutOnlyPeers are both set: a put-only peer "
                    + "takes JSON, and gives back what it was given. Set one of them.")
                : ValidateOptionsResult.Success;
        }
        catch (FormatException e)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }
}
