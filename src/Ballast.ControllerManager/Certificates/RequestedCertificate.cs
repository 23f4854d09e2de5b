using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;

namespace Ballast.ControllerManager.Certificates;

/// <summary>What the PKCS#10 request inside a CertificateSigningRequest asks for; its signature holds.</summary>
internal sealed class RequestedCertificate
{
    private const string CommonNameOid = "2.5.4.3";
    private const string OrganizationOid = "2.5.4.10";
    private const string AlternativeNamesOid = "2.5.29.17";

    private RequestedCertificate(CertificateRequest request)
    {
        Request = request;
        var names = new List<string>();
        var organizations = new List<string>();
        ReadSubject(request.SubjectName, names, organizations);
        CommonName = names.LastOrDefault() ?? "";
        Organizations = organizations;
        AlternativeNames = request.CertificateExtensions.FirstOrDefault(e => e.Oid?.Value == AlternativeNamesOid);
        if (AlternativeNames is not null)
            (DnsNames, Addresses, OtherNames) = Count(AlternativeNames);
    }

    public CertificateRequest Request { get; }

    public string CommonName { get; }

    public IReadOnlyList<string> Organizations { get; }

    /// <summary>As they were asked for; null for none.</summary>
    public X509Extension? AlternativeNames { get; }

    public int DnsNames { get; }

    public int Addresses { get; }

    /// <summary>Alternative names of any other kind: e-mail addresses, URIs.</summary>
    public int OtherNames { get; }

    /// <exception cref="CryptographicException">The request is malformed, or its signature does not hold.</exception>
    /// <exception cref="ArgumentException">It is no PEM.</exception>
    public static RequestedCertificate Of(V1CertificateSigningRequest csr) => new(CertificateRequest.LoadSigningRequestPem(
        Encoding.ASCII.GetString(csr.Spec.Request), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1));

    /// <remarks>Read from the DER: several O values may stand in one relative name, as Go writes them, which the text form does not keep apart.</remarks>
    private static void ReadSubject(X500DistinguishedName subject, List<string> names, List<string> organizations)
    {
        var relativeNames = new AsnReader(subject.RawData, AsnEncodingRules.DER).ReadSequence();
        while (relativeNames.HasData)
        {
            var attributes = relativeNames.ReadSetOf(skipSortOrderValidation: true);
            while (attributes.HasData)
            {
                var attribute = attributes.ReadSequence();
                var type = attribute.ReadObjectIdentifier();
                if (type is CommonNameOid or OrganizationOid)
                    (type == CommonNameOid ? names : organizations).Add(attribute.ReadCharacterString((UniversalTagNumber)attribute.PeekTag().TagValue));
            }
        }
    }

    private static (int Dns, int Addresses, int Others) Count(X509Extension names)
    {
        var (dns, addresses, others) = (0, 0, 0);
        var general = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
        while (general.HasData)
        {
            switch (general.PeekTag().TagValue)
            {
                case 2: dns++; break;
                case 7: addresses++; break;
                default: others++; break;
            }
            general.ReadEncodedValue();
        }
        return (dns, addresses, others);
    }
}
