using AllData.Configuration;
using Microsoft.Extensions.Options;

namespace AllData.Security;

/// <summary>Refuses certificates that cannot be used, and half of a configuration.</summary>
internal sealed class SecurityOptionsValidator(TimeProvider time) : IValidateOptions<AllDataOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AllDataOptions options) =>
        ComplaintOf(options.Security) is { } complaint ? ValidateOptionsResult.Fail(complaint) : ValidateOptionsResult.Success;

    private string? ComplaintOf(SecurityOptions o)
    {
        string[] files = [o.CertificateFile, o.SiloCaFile, o.ClientCaFile, o.PrincipalsFile];
        if (files.All(static file => file.Length == 0))
        {
            return o.Jwt.IsUsed ? $"{JwtOptions.Section}:Authority is set without {SecurityOptions.Section}:CertificateFile: tokens are for HTTPS." : null;
        }

        if (files.Any(static file => file.Length == 0))
        {
            return $"{SecurityOptions.Section}:CertificateFile, :SiloCaFile, :ClientCaFile and :PrincipalsFile belong together, and one of them is not "
                + "set: the silo shows the first, trusts silos by the second and clients by the third, and knows by the fourth what a client may do. "
                + "'alldata security init' makes all of them.";
        }

        try
        {
            var certificates = SiloCertificates.Read(o, time);
            Principals.Read(o);
            return o.Jwt.Complaint ?? (certificates.Silos.WhyRefusedAsServerNamed(certificates.Own, null, o.SiloName) is { } reason
                ? $"{SecurityOptions.Section}:CertificateFile is '{o.CertificateFile}', and other silos would refuse it: {reason}."
                : null);
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }
}
