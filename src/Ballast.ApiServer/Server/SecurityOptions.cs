using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authentication.ServiceAccounts;
using Ballast.ComponentBase.Commands;

namespace Ballast.ApiServer.Server;

/// <summary>The flags about who clients are, as the authentication takes them.</summary>
internal static class SecurityOptions
{
    extension(ApiServerOptions options)
    {
        /// <exception cref="UsageException">A flag that is needed is missing, or names a file without a key.</exception>
        public AuthenticationOptions ToAuthentication() => new()
        {
            ClientCaFile = Readable(options.ClientCaFile, "client-ca-file"),
            RequestHeaderCaFile = Readable(options.RequestHeaderClientCaFile, "requestheader-client-ca-file"),
            RequestHeader = new(options.RequestHeaderAllowedNames, options.RequestHeaderUsernameHeaders)
            {
                GroupHeaders = options.RequestHeaderGroupHeaders,
                ExtraHeaderPrefixes = options.RequestHeaderExtraHeadersPrefix,
            },
            ServiceAccounts = options.ToServiceAccounts(),
            BootstrapTokens = options.EnableBootstrapTokenAuth,
        };

        private ServiceAccountOptions ToServiceAccounts()
        {
            if (options.ServiceAccountIssuers.Count == 0 || Readable(options.ServiceAccountSigningKeyFile, "service-account-signing-key-file") is not { } signing)
                throw new UsageException("service-account-signing-key-file and service-account-issuer are required flags");
            var keys = options.ServiceAccountKeyFiles.Count > 0 ? options.ServiceAccountKeyFiles : [signing];
            foreach (var file in keys)
                _ = Readable(file, "service-account-key-file");
            return new(options.ServiceAccountIssuers, options.ApiAudiences.Count > 0 ? options.ApiAudiences : options.ServiceAccountIssuers, TokenKeys.Public(keys), TokenKeys.Signing(signing));
        }
    }

    private static string? Readable(string file, string flag)
    {
        if (file.Length == 0)
            return null;
        return File.Exists(file) ? file : throw new UsageException($"--{flag}: \"{file}\" cannot be read");
    }
}
