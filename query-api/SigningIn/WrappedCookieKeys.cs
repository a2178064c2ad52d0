using System.Text;
using System.Xml.Linq;
using KpTelemetry.Platform.Keys;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Options;

namespace KpTelemetry.QueryApi.SigningIn;

/// <summary>Wraps the keys of cookies and forms under a key of the key store, so that their files alone are worth nothing.</summary>
public sealed class WrappedCookieKeys(KeyStore keys) : IXmlEncryptor, IConfigureOptions<KeyManagementOptions>
{
    internal const string KeyName = "dashboard/1";

    public void Configure(KeyManagementOptions options) => options.XmlEncryptor = this;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        using var sealer = new Sealer(keys.GetOrCreate(KeyName));
        var body = sealer.Seal(Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)), Encoding.UTF8.GetBytes(KeyName));
        return new EncryptedXmlInfo(new XElement("sealed", Convert.ToBase64String(body)), typeof(CookieKeysUnwrapper));
    }
}

/// <summary>The other direction; made by data protection itself.</summary>
public sealed class CookieKeysUnwrapper(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        using var sealer = new Sealer(services.GetRequiredService<KeyStore>().GetOrCreate(WrappedCookieKeys.KeyName));
        var content = sealer.Open(Convert.FromBase64String(encryptedElement.Value), Encoding.UTF8.GetBytes(WrappedCookieKeys.KeyName))
            ?? throw new System.Security.Cryptography.CryptographicException("a key of the dashboards' cookies does not open");
        return XElement.Parse(Encoding.UTF8.GetString(content));
    }
}
